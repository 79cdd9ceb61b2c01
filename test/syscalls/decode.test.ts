import t from 'tap';
import type { Operation } from '../../harness/syscalls/call.js';
import { parseTraceLog } from '../../harness/syscalls/trace-log.js';

/** Every form of every call that can change files or descriptors, and what it has to be taken for. */
const forms: [string, Partial<Operation>][] = [
  ['open("a", O_RDONLY) = 3</w/a>', { op: 'open', flags: new Set(['O_RDONLY']) }],
  [
    'openat2(AT_FDCWD</w>, "a", {flags=O_WRONLY|O_CREAT, mode=0600, resolve=0}, 24) = 3</w/a>',
    { op: 'open', mode: 0o600 },
  ],
  ['creat("a", 0644) = 3</w/a>', { op: 'open', flags: new Set(['O_WRONLY', 'O_CREAT', 'O_TRUNC']) }],
  ['close(3</w/a>) = 0', { op: 'close', fd: 3 }],
  ['close_range(3, 4294967295, CLOSE_RANGE_CLOEXEC) = 0', { op: 'close_range', cloexec: true }],
  ['dup(3</w/a>) = 4</w/a>', { op: 'dup', target: null }],
  ['dup2(3</w/a>, 1</dev/null>) = 1</w/a>', { op: 'dup', target: 1 }],
  ['dup3(3</w/a>, 9, O_CLOEXEC) = 9</w/a>', { op: 'dup', target: 9, cloexec: true }],
  ['fcntl(3</w/a>, F_DUPFD_CLOEXEC, 10) = 10</w/a>', { op: 'dup', cloexec: true }],
  ['fcntl(3</w/a>, F_SETFL, O_WRONLY|O_APPEND) = 0', { op: 'set_status_flags' }],
  ['fcntl(3</w/a>, F_SETFD, FD_CLOEXEC) = 0', { op: 'set_cloexec', cloexec: true }],
  ['fcntl(3</w/a>, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=0, l_len=1}) = 0', { op: 'none' }],
  ['fcntl(3</w/a>, 0x33 /* F_??? */, 0) = -1 EINVAL (Invalid argument)', { op: 'sync', scope: 'full' }],
  ['read(3</w/a>, "x", 10) = 1', { op: 'read' }],
  ['readv(3</w/a>, [{iov_base="x", iov_len=10}], 1) = 1', { op: 'read' }],
  ['write(3</w/a>, "x", 1) = 1', { op: 'write', offset: null }],
  ['writev(3</w/a>, [{iov_base="x", iov_len=1}], 1) = 1', { op: 'write', offset: null }],
  ['pwrite64(3</w/a>, "x", 1, 7) = 1', { op: 'write', offset: 7 }],
  [
    'pwritev2(3</w/a>, [{iov_base="x", iov_len=1}], 1, -1, RWF_APPEND) = 1',
    { op: 'write', offset: null, flags: new Set(['RWF_APPEND']) },
  ],
  ['lseek(3</w/a>, 5, SEEK_SET) = 5', { op: 'lseek' }],
  ['truncate("a", 5) = 0', { op: 'truncate', length: 5 }],
  ['ftruncate(3</w/a>, 5) = 0', { op: 'truncate', length: 5 }],
  [
    'fallocate(3</w/a>, FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE, 0, 4096) = 0',
    { op: 'fallocate', length: 4096 },
  ],
  [
    'copy_file_range(3</w/a>, [0] => [9], 4</w/b>, NULL, 9, 0) = 9',
    { op: 'copy', fromOffset: 0, toOffset: null },
  ],
  ['sendfile(4</w/b>, 3</w/a>, NULL, 100) = 9', { op: 'copy', fromOffset: null }],
  ['splice(3<pipe:[1]>, NULL, 4</w/b>, [5], 9, 0) = 9', { op: 'copy', toOffset: 5 }],
  ['ioctl(4</w/e>, BTRFS_IOC_CLONE or FICLONE, 3) = 0', { op: 'copy', clonedBytes: 0 }],
  [
    'ioctl(4</w/e>, BTRFS_IOC_CLONE_RANGE or FICLONERANGE, {src_fd=3</w/f>, src_offset=4096, src_length=8192, dest_offset=0}) = 0',
    { op: 'copy', fromOffset: 4096, toOffset: 0, clonedBytes: 8192 },
  ],
  [
    'ioctl(3</w/f>, BTRFS_IOC_FILE_EXTENT_SAME or FIDEDUPERANGE, {src_offset=0, src_length=4096, dest_count=1}) = 0',
    { op: 'none' },
  ],
  [
    'sendmsg(3<socket:[1]>, {msg_iov=[{iov_base="x", iov_len=1}], msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[5</w/f>]}]}, 0) = 1',
    { op: 'send', passes: [{ fd: 5, describedAs: '/w/f', deleted: false }] },
  ],
  ['rename("a", "b") = 0', { op: 'rename', leaves: 'nothing' }],
  ['renameat(AT_FDCWD</w>, "a", 4</w/d>, "b") = 0', { op: 'rename' }],
  [
    'renameat2(AT_FDCWD</w>, "a", AT_FDCWD</w>, "b", RENAME_NOREPLACE) = 0',
    { op: 'rename', leaves: 'nothing' },
  ],
  [
    'renameat2(AT_FDCWD</w>, "a", AT_FDCWD</w>, "b", RENAME_EXCHANGE) = 0',
    { op: 'rename', leaves: 'exchange' },
  ],
  [
    'renameat2(AT_FDCWD</w>, "a", AT_FDCWD</w>, "b", RENAME_NOREPLACE|RENAME_WHITEOUT) = 0',
    { op: 'rename', leaves: 'whiteout' },
  ],
  ['link("a", "b") = 0', { op: 'link' }],
  ['linkat(AT_FDCWD</w>, "/proc/self/fd/5", AT_FDCWD</w>, "b", AT_SYMLINK_FOLLOW) = 0', { op: 'link' }],
  ['symlink("a", "b") = 0', { op: 'symlink', target: 'a' }],
  ['symlinkat("a", 4</w/d>, "b") = 0', { op: 'symlink', target: 'a' }],
  ['unlink("a") = 0', { op: 'unlink', directory: false }],
  ['unlinkat(AT_FDCWD</w>, "a", AT_REMOVEDIR) = 0', { op: 'unlink', directory: true }],
  ['rmdir("d") = 0', { op: 'unlink', directory: true }],
  ['mkdir("d", 0777) = 0', { op: 'mkdir', mode: 0o777 }],
  ['mkdirat(4</w/d>, "e", 0700) = 0', { op: 'mkdir', mode: 0o700 }],
  ['mknod("f", S_IFIFO|0644) = 0', { op: 'mknod', regular: false }],
  ['mknodat(AT_FDCWD</w>, "f", S_IFREG|0644) = 0', { op: 'mknod', regular: true }],
  ['chmod("a", 0600) = 0', { op: 'attributes', what: 'mode' }],
  [
    'fchownat(AT_FDCWD</w>, "a", 1, 2, AT_SYMLINK_NOFOLLOW) = 0',
    { op: 'attributes', what: 'owner', uid: 1, gid: 2 },
  ],
  ['chown("a", 0, -1) = 0', { op: 'attributes', what: 'owner', uid: 0, gid: null }],
  [
    'utimensat(3</w/a>, NULL, [{tv_sec=1, tv_nsec=0}, UTIME_OMIT], 0) = 0',
    { op: 'attributes', what: 'times' },
  ],
  [
    'fsetxattr(3</w/a>, "user.x", "y", 1, 0) = 0',
    { op: 'attributes', what: 'xattr', name: 'user.x', value: 'eQ==' },
  ],
  ['setxattr("a", "user.x", NULL, 0, 0) = 0', { op: 'attributes', what: 'xattr', value: '' }],
  ['removexattr("a", "user.x") = 0', { op: 'attributes', what: 'xattr', name: 'user.x', value: null }],
  ['ioctl(3</w/a>, FS_IOC_SETFLAGS, [FS_NOCOW_FL]) = 0', { op: 'attributes', what: 'flags' }],
  ['ioctl(3</w/a>, TCGETS, 0x7ffe) = -1 ENOTTY (Inappropriate ioctl for device)', { op: 'none' }],
  ['fsync(3</w/a>) = 0', { op: 'sync', scope: 'file' }],
  ['fdatasync(3</w/a>) = 0', { op: 'sync', scope: 'data' }],
  ['syncfs(3</w/a>) = 0', { op: 'sync', scope: 'filesystem' }],
  ['sync_file_range(3</w/a>, 0, 0, SYNC_FILE_RANGE_WRITE) = 0', { op: 'sync', scope: 'range' }],
  ['sync() = 0', { op: 'sync_all' }],
  [
    'mmap(NULL, 100, PROT_READ|PROT_WRITE, MAP_SHARED, 3</w/a>, 0) = 0x7f0000000000',
    { op: 'mmap', writable: true },
  ],
  [
    'mmap(NULL, 100, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000',
    { op: 'none' },
  ],
  ['msync(0x7f0000000000, 100, MS_SYNC) = 0', { op: 'msync', sync: true }],
  ['chdir("d") = 0', { op: 'chdir' }],
  ['fchdir(4</w/d>) = 0', { op: 'chdir' }],
  [
    'clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 9',
    { op: 'fork', sharesFiles: false },
  ],
  [
    'clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES, child_tid=0x7f, exit_signal=0, tls=0x7f} => {parent_tid=[9]}, 88) = 9',
    { op: 'fork', sharesFiles: true, sharesDirectory: true },
  ],
  ['vfork() = 9', { op: 'fork', sharesFiles: false }],
  [
    'connect(5<socket:[1]>, {sa_family=AF_UNIX, sun_path="/tmp/x.sock"}, 17) = 0',
    { op: 'connect', path: '/tmp/x.sock' },
  ],
  ['sendto(5<socket:[1]>, "done\\n", 5, 0, NULL, 0) = 5', { op: 'send', payload: Buffer.from('done\n') }],
  [
    'sendmsg(5<socket:[1]>, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="a\\n", iov_len=2}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, 0) = 2',
    { op: 'send', payload: Buffer.from('a\n') },
  ],
  ['clock_settime(CLOCK_REALTIME, {tv_sec=1, tv_nsec=0}) = 0', { op: 'opaque', everything: true }],
  ['settimeofday({tv_sec=1, tv_usec=0}, NULL) = -1 EPERM (Operation not permitted)', { op: 'none' }],
  ['io_uring_setup(8, {flags=0}) = 5', { op: 'opaque', everything: true }],
  ['io_uring_setup(8, {flags=0}) = -1 ENOSYS (Function not implemented)', { op: 'none' }],
  ['frobnicate(3</w/a>, "b") = 0', { op: 'opaque', everything: false }],
  ['syscall_0x1ff(0x1, 0x2) = 0', { op: 'opaque', everything: true }],
  ['ioctl(3</w/a>, _IOC(_IOC_WRITE, 0x66, 0x99, 0x8), 0x7ffe) = 0', { op: 'opaque' }],
];

t.test('each form of each call', async (t) => {
  for (const [form, expected] of forms) {
    const { calls, faults } = parseTraceLog(`7 1.000000000 ${form} <0.000001000>\n`);
    t.strictSame(faults, [], form);
    t.hasStrict(calls[0]?.operation, expected, form);
  }
});
