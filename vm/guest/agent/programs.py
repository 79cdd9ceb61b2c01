"""Programs run in the guest: the workload, checkers, and the tools that make and mend file systems."""
import os
import select
import signal
import subprocess
import threading
import time

import marked
from stdout_file import StdoutFile
from wire import encode

BASE_ENVIRONMENT = {
    'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/plugpull/agent',
    'HOME': '/root',
    'LANG': 'C.UTF-8',
}
# A vfork keeps this interpreter still until the child has started; but the child, closing its copies of descriptors,
# waits for the thread here that serves its standard output.
subprocess._USE_VFORK = False

STDOUT_FOLDER = '/run/plugpull/stdout'
# strace writes what it still holds when the last traced process is gone.
TRACER_END_SECONDS = 20
MAX_OUTPUT_BYTES = 256 * 1024


def how_it_ended(code):
    """The exit code, or the name of the signal that ended it."""
    if code is not None and code < 0:
        return {'exit_code': None, 'signal': signal.Signals(-code).name}
    return {'exit_code': code, 'signal': None}


class Programs:
    """`contained` programs run in the container image, the others beside the agent."""

    def __init__(self, wire, desk, container):
        self._wire = wire
        self._desk = desk
        self._container = container
        self._talking = {}
        self._environment = BASE_ENVIRONMENT

    def use_environment(self, environment):
        """The host's, where its files are the root: interpreters are found where it finds them."""
        own = BASE_ENVIRONMENT['PATH']
        self._environment = {**environment, 'PATH': f"{environment['PATH']}:{own}" if 'PATH' in environment else own}

    def run(self, argv, folder='/', env=None, input='', timeout_s=600, files=None, contained=False):
        """Runs a program to its end; of what it prints the beginning is kept."""
        for path, text in (files or {}).items():
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w') as file:
                file.write(text)
        child = self._start(contained, argv, folder, env or {}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
        timed_out = False
        try:
            out, err = child.communicate(input.encode(), timeout_s)
        except subprocess.TimeoutExpired:
            timed_out = True
            os.killpg(child.pid, signal.SIGKILL)
            out, err = child.communicate()
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # Nothing left behind.
        return {**how_it_ended(child.returncode), 'timed_out': timed_out,
                'stdout': encode(out[:MAX_OUTPUT_BYTES]), 'stderr': encode(err[:MAX_OUTPUT_BYTES])}

    def workload(self, command, mark, folder, env, timeout_s, tracer=(), acks_on_stdout=False, error_file='/dev/null',
                 contained=False):
        """Runs the workload; its output goes to the host as events, its acks wait for the host."""
        started = time.monotonic()
        stdout = StdoutFile(STDOUT_FOLDER, self._desk.printed) if acks_on_stdout else None
        timed_out = threading.Event()

        def stop():
            timed_out.set()
            marked.kill(mark)

        with open(error_file, 'ab') as errors:
            output = os.open(stdout.path, os.O_WRONLY) if stdout else subprocess.PIPE
            if contained:
                tracer = self._container.tracer(tracer)
            child = self._start(contained, [*tracer, '/bin/sh', '-c', command], folder, {**env, marked.MARK: mark},
                                stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
            if stdout:
                os.close(output)
        timer = threading.Timer(timeout_s, stop)
        timer.daemon = True
        timer.start()
        reader = None
        if not stdout:
            reader = threading.Thread(target=self._forward, args=(child.stdout,), daemon=True)
            reader.start()
        code = child.wait()
        duration_ms = round((time.monotonic() - started) * 1000)
        timer.cancel()
        if tracer:
            self._end_traced(mark)
        # What it left in the background ends with it.
        marked.kill(mark)
        if reader:
            reader.join(10)
        if stdout:
            stdout.close()
        return {**how_it_ended(code), 'timed_out': timed_out.is_set(), 'duration_ms': duration_ms}

    def kill_workload(self, mark):
        marked.kill(mark)

    def strike_workload(self, mark):
        marked.strike(mark)

    def talk(self, key, command, folder, env, line, timeout_s, contained=False):
        """Asks a program that stays: a line in, a line out. None: it ended instead of answering."""
        child = self._talking.get(key)
        if child is None:
            child = self._start(contained, ['/bin/sh', '-c', command], folder, env, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            self._talking[key] = child
        deadline = time.monotonic() + timeout_s
        try:
            child.stdin.write(line.encode() + b'\n')
            child.stdin.flush()
        except BrokenPipeError:
            return {'line': None, 'timed_out': False}
        answer = b''
        while not answer.endswith(b'\n'):
            ready, _, _ = select.select([child.stdout], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                return {'line': None, 'timed_out': True}
            part = os.read(child.stdout.fileno(), 1 << 16)
            if part == b'':
                return {'line': None, 'timed_out': False}
            answer += part
        return {'line': answer.decode('utf-8', 'replace').rstrip('\n'), 'timed_out': False}

    def hang_up(self, key):
        child = self._talking.pop(key, None)
        if child:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()

    def _start(self, contained, argv, folder, env, **streams):
        if contained:
            # Popen's own `cwd` would be where the folder is outside.
            where, base = {'preexec_fn': self._container.enter(folder)}, self._container.environment
        else:
            where, base = {'cwd': folder}, self._environment
        return subprocess.Popen(argv, env={**base, **env}, start_new_session=True, **where, **streams)

    def _forward(self, pipe):
        while True:
            data = os.read(pipe.fileno(), 1 << 16)
            if data == b'':
                return
            self._wire.event('output', data=encode(data))

    @staticmethod
    def _end_traced(mark):
        marked.kill(mark, marked.is_tracer)
        deadline = time.monotonic() + TRACER_END_SECONDS
        while marked.processes(mark) and time.monotonic() < deadline:
            # In the middle of execve(2) a process has no environment (proc(5)), and nobody saw it.
            marked.strike(mark, marked.is_tracer)
            time.sleep(0.005)
