/** Of what a program prints no more is kept than somebody reads, and every ack is. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AckStream } from '../../harness/model/ack-stream.js';
import { OutputBytes } from '../../harness/model/output-bytes.js';
import type { Call } from '../../harness/syscalls/call.js';
import { readTraceLog } from '../../harness/syscalls/trace-log.js';
import { longestLineBytes } from '../../harness/trace/said.js';

const mib = 1024 * 1024;
const said = { ack: '^ack (.*)$' };

/** A log in which these are printed, one a call, to standard output (a pipe) or where `to` says. */
function printed(folder: string, parts: readonly string[], to = '1<pipe:[7]>'): string {
  const file = join(folder, 'calls.strace');
  const fd = openSync(file, 'w');
  for (const [nth, part] of parts.entries()) {
    const text = part.replaceAll('\n', '\\n');
    writeSync(fd, `9 ${nth + 1}.0 write(${to}, "${text}", ${part.length}) = ${part.length} <0.1>\n`);
  }
  closeSync(fd);
  return file;
}

const read = (file: string): Call[] =>
  readTraceLog(file, new OutputBytes({ rootPath: '/w', said, ackSocket: null })).calls;

const bytesIn = (calls: readonly Call[]): number =>
  calls.reduce((sum, { operation }) => sum + (operation.op === 'write' ? operation.payload!.length : 0), 0);

function acksIn(calls: readonly Call[]): { acks: string[]; saidDoubt: string | null } {
  const stream = new AckStream({ stdout: said, socket: null });
  for (const call of calls)
    if (call.operation.op === 'write') stream.push('stdout', 'stdout', call.operation.payload!, call);
  const { acks, saidDoubt } = stream.finish();
  return { acks: acks.map(({ text }) => text.slice(0, 20)), saidDoubt };
}

t.test('lines that say nothing go, acks stay, however they are cut', async (t) => {
  const noise = `${'0123456789'.repeat(20)}\n`.repeat(5000);
  const parts: string[] = [];
  const expected: string[] = [];
  for (let nth = 0; nth < 24; nth++) {
    // An ack is whole in a write, begins in one and ends in the next, or in the one after that.
    parts.push(`${noise}ack a${nth}\nack `, nth % 2 ? 'b' : '', `${nth}\n${noise}`);
    expected.push(`a${nth}`, `${nth % 2 ? 'b' : ''}${nth}`);
  }
  const calls = read(printed(t.testdir(), parts));
  t.same(acksIn(calls), { acks: expected, saidDoubt: null });
  const whole = parts.join('').length;
  t.ok(whole > 45 * mib);
  t.ok(bytesIn(calls) < 34 * mib, `${bytesIn(calls)} bytes of ${whole} are kept`);
});

t.test('of a line without an end its beginning is kept', async (t) => {
  const noise = 'x'.repeat(2 * mib);
  const acks = ['ack z', ...Array<string>(40).fill(noise), '\nack b\n'];
  const long = read(printed(t.testdir(), [...Array<string>(20).fill(noise), '\n', ...acks]));
  t.same(acksIn(long), { acks: ['zxxxxxxxxxxxxxxxxxxx', 'b'], saidDoubt: null });
  t.ok(bytesIn(long) < 32 * mib + 3 * longestLineBytes);
});

t.test('what goes into files of the recording stays whole', async (t) => {
  const parts = Array<string>(40).fill('x'.repeat(mib));
  t.equal(bytesIn(read(printed(t.testdir(), parts, '3</w/f>'))), 40 * mib);
});

t.test('acks at the socket are never left out', async (t) => {
  const output = new OutputBytes({ rootPath: '/w', said, ackSocket: '/run/ack' });
  const file = printed(t.testdir(), Array<string>(40).fill('x'.repeat(mib)), '4<socket:[5]>');
  const connect = '9 0.5 connect(4<socket:[5]>, {sa_family=AF_UNIX, sun_path="/run/ack"}, 11) = 0 <0.1>\n';
  const together = join(t.testdirName, 'with-socket.strace');
  const fd = openSync(together, 'w');
  writeSync(fd, connect);
  writeSync(fd, '9 0.6 write(4<socket:[5]>, "a\\n", 2) = 2 <0.1>\n');
  closeSync(fd);
  const all = [...readTraceLog(together, output).calls, ...readTraceLog(file, output).calls];
  t.equal(bytesIn(all), 40 * mib + 2);
});
