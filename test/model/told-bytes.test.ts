/** Bytes and descriptors that come from where the trace does not see them. */
import t from 'tap';
import {
  ack,
  close,
  create,
  directorySynced,
  judgeWritten,
  pwrite,
  sync,
  writtenTree,
} from '../contract/written-trace.js';

const sent = 'sendfile(3</w/f>, 5</memfd:m (deleted)>, [0] => [6], 6) = 6';
const open = [...[create('f'), ...directorySynced()], sent];
const judge = (calls: readonly string[], end = 'memory') =>
  judgeWritten(calls, { final: writtenTree({ f: end }) });

t.test('bytes that are not in the trace are those that are there at the end', async (t) => {
  t.equal(judge([...open, sync('f'), ack()]).outcome, 'pass');
  const { outcome, findings } = judge([...open, ack()]);
  t.equal(outcome, 'violation');
  t.match(findings[0]?.property, /sendfile\(f, 0, 6\) needs fsync\(f\) before ack/);
  const overwritten = judge([...open, sync('f'), ack(), pwrite('f', 'x', 2)], 'mexory');
  t.equal(overwritten.outcome, 'unknown');
  t.match(overwritten.notes, [
    /sendfile copied bytes that are not in the trace, and were changed before the end/,
  ]);
  t.equal(judgeWritten([...open, sync('f'), ack()]).outcome, 'unknown', 'nobody saw the end');
  const cut = 'write(3</w/f>, "mem"..., 6) = 6';
  t.equal(
    judge([create('f'), cut, sync('f'), ...directorySynced(), ack()]).outcome,
    'pass',
    'printed in part',
  );
});

t.test('a descriptor that was passed on has the position of the one it came from', async (t) => {
  const message =
    'sendmsg(7<socket:[1]>, {msg_iov=[{iov_base="x", iov_len=1}], msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[3</w/f>]}]}, 0) = 1';
  const passed = [
    create('f'),
    'write(3</w/f>, "ab", 2) = 2',
    message,
    close(),
    'write(9</w/f>, "cd", 2) = 2',
  ];
  const rest = [...directorySynced(), ack()];
  t.equal(judge([...passed, 'fsync(9</w/f>) = 0', ...rest], 'abcd').outcome, 'pass');
  t.equal(judge([...passed, ...rest], 'abcd').outcome, 'violation');
  const taken = [
    create('f'),
    'write(3</w/f>, "ab", 2) = 2',
    'pidfd_getfd(6<anon_inode:[pidfd]>, 3, 0) = 9</w/f>',
  ];
  const goesOn = ['write(9</w/f>, "cd", 2) = 2', 'fsync(9</w/f>) = 0', ...rest];
  t.equal(judge([...taken, ...goesOn], 'abcd').outcome, 'pass', 'pidfd_getfd(2)');
});

t.test('an ack may be copied to standard output', async (t) => {
  const put = (bytes: string): string[] => [
    'pipe2([8<pipe:[5]>, 9<pipe:[5]>], 0) = 0',
    `write(9<pipe:[5]>, "${bytes}", ${bytes.length - 1}) = ${bytes.length - 1}`,
    `splice(8<pipe:[5]>, NULL, 1<pipe:[1]>, NULL, 4096, 0) = ${bytes.length - 1}`,
  ];
  const { outcome, acks } = judgeWritten([create('f'), pwrite('f', 'x', 0), ...put('ack one\\n')]);
  t.equal(outcome, 'violation');
  t.match(acks, [{ text: 'one' }]);
});

t.test('a call that is not followed, and may have synced, accuses nobody', async (t) => {
  const synced = 'io_submit(0x7f00, 1, [{aio_lio_opcode=IOCB_CMD_FSYNC, aio_fildes=3</w/f>}]) = 1';
  const written = [create('f'), pwrite('f', 'x', 0)];
  const { outcome, findings, notes } = judgeWritten([...[...written, synced, ...directorySynced(), ack()]]);
  t.equal(outcome, 'unknown');
  t.same(findings, []);
  t.match(notes, [/unknown for f: io_submit .* is not followed/]);
  const early = judgeWritten([...written, ack('early'), synced, ...directorySynced(), ack()]);
  t.equal(early.outcome, 'violation', 'what was acked before it is not excused');
  const bytes =
    'io_submit(0x7f00, 1, [{aio_lio_opcode=IOCB_CMD_PWRITE, aio_fildes=3</w/f>, aio_buf="QQ"}]) = 1';
  t.notMatch(judgeWritten([...written, bytes, ack()]).notes.join('\n'), /QQ/, 'bytes are no name');
  const anything = 'some_new_call(7, 8) = 0';
  t.same(judgeWritten([...written, anything, ack()]).findings, [], 'nor one that names no file');
});
