"""The guest's agent: does what the host asks for, one call after the other, and lets programs run meanwhile."""
import os
import platform
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import acks
import disks
import emptying
import host
import kernel
import mapper
import modules
import pressure
import programs
import sight
import storage
import tree
from container import Container
from wire import Wire, encode

ACK_SOCKET = '/run/plugpull/ack.sock'


def read_file(path, offset, length):
    with open(path, 'rb') as file:
        file.seek(offset)
        return encode(file.read(length))


def main():
    os.umask(0o022)
    wire = Wire()
    desk = acks.AckDesk(wire)
    container = Container()
    runner = programs.Programs(wire, desk, container)
    watched = storage.Watched()
    pressed = pressure.Pressure()
    sights = sight.Sights()
    acks.serve_socket(ACK_SOCKET, desk)

    def mount(device, at, fs, options):
        storage.mount(device, at, fs, options)
        try:
            container.show(at)
        except RuntimeError:
            storage.unmount(at)
            raise

    def unmount(at):
        container.hide(at)
        storage.unmount(at)

    def share(source, at):
        storage.bind(source, at)
        container.show(at)

    def show_host(path, real):
        if not host.is_seen(path):
            share(host.at(real), path)
            host.note_shown(path)

    # Those that wait for a program run beside the others; answering an ack must always be possible.
    beside = {'run': runner.run, 'workload': runner.workload, 'talk': runner.talk}
    at_once = {
        'hello': lambda: {'kernel': platform.release(), 'machine': platform.machine(), 'ack_socket': ACK_SOCKET},
        'modules': modules.load,
        'find_disk': disks.find,
        'disk_facts': disks.facts,
        'disk_gone': disks.wait_gone,
        'mapper_message': mapper.message,
        'open_container': container.open,
        'path_in_container': container.path_inside,
        'mount': mount,
        'unmount': unmount,
        'bind': share,
        'show_host': show_host,
        'use_environment': runner.use_environment,
        'syncfs': kernel.syncfs,
        'settle': storage.settle,
        'watch': watched.watch,
        'snapshot': watched.snapshot,
        'all_extents': watched.all_extents,
        'unwatch': watched.unwatch,
        'press': pressed.press,
        'press_commit': pressed.commit,
        'press_no_more': pressed.no_more,
        'look': tree.look,
        'look_into': tree.look_into,
        'xattrs': tree.xattrs,
        'see': sights.see,
        'empty': emptying.empty,
        'read_file': read_file,
        'answer_ack': desk.answered,
        'kill_workload': runner.kill_workload,
        'strike_workload': runner.strike_workload,
        'hang_up': runner.hang_up,
    }

    def call(request_id, function, arguments):
        try:
            wire.answer(request_id, function(**arguments))
        except Exception as error:  # Whatever it was, the host has to hear of it.
            wire.refuse(request_id, error)

    while True:
        request = wire.receive()
        name, request_id = request.pop('call', None), request.pop('id', None)
        if name in beside:
            threading.Thread(target=call, args=(request_id, beside[name], request), daemon=True).start()
        elif name in at_once:
            call(request_id, at_once[name], request)
        elif request_id is not None:
            wire.refuse(request_id, ValueError(f'no such call: {name}'))


main()
