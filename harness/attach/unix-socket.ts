/** Unix stream sockets driven without an event loop, by descriptor: socket(2), bind(2), listen(2), accept(2), connect(2). */
import { constants } from 'node:os';
import koffi from 'koffi';
import { SystemCallError } from './libc.js';

const libc = koffi.load('libc.so.6');
const calls = {
  socket: libc.func('int socket(int domain, int type, int protocol)'),
  bind: libc.func('int bind(int fd, void *address, uint32_t length)'),
  listen: libc.func('int listen(int fd, int backlog)'),
  accept: libc.func('int accept4(int fd, void *address, void *length, int flags)'),
  connect: libc.func('int connect(int fd, void *address, uint32_t length)'),
};

const unix = 1;
const stream = 1;
const closeOnExec = 0o2000000;
const backlog = 8;
/** struct sockaddr_un: u16 family, then the path. */
const addressBytes = 110;

function check(result: number, syscall: string, detail: string): number {
  if (result < 0) throw new SystemCallError(syscall, detail, koffi.errno());
  return result;
}

function addressOf(path: string): Buffer {
  const address = Buffer.alloc(addressBytes);
  if (Buffer.byteLength(path) > addressBytes - 3)
    throw new SystemCallError('bind', path, constants.errno.ENAMETOOLONG);
  address.writeUInt16LE(unix, 0);
  address.write(path, 2);
  return address;
}

/** A listening socket; its path must not exist. */
export function listenUnix(path: string): number {
  const fd = check(calls.socket(unix, stream | closeOnExec, 0), 'socket', path);
  check(calls.bind(fd, addressOf(path), addressBytes), 'bind', path);
  check(calls.listen(fd, backlog), 'listen', path);
  return fd;
}

/** Takes a connection; waits for one. */
export function acceptUnix(fd: number): number {
  return check(calls.accept(fd, null, null, closeOnExec), 'accept', `${fd}`);
}

export function connectUnix(path: string): number {
  const fd = check(calls.socket(unix, stream | closeOnExec, 0), 'socket', path);
  check(calls.connect(fd, addressOf(path), addressBytes), 'connect', path);
  return fd;
}
