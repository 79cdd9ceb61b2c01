/**
 * Becomes another program about whose system calls its parent is asked. On descriptor 3 it says which of its descriptors
 * the listener is (or `-` and why there is none), and waits for a byte; then it is the program.
 *
 *     node noticed-process.js PROGRAM [ARGUMENT...]
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import koffi from 'koffi';
import { askBeforeCalls } from './call-notices.js';

const parent = 3;
const libc = koffi.load('libc.so.6');
const pwritev2 = libc.func('long pwritev2(int fd, const void *vectors, int count, long offset, int flags)');
const execvp = libc.func('int execvp(const char *program, const char **words)');
// Node ignores it, and what is ignored stays so.
const setSignal = libc.func('intptr_t signal(int signal, intptr_t handler)');
const fcntl = libc.func('fcntl', 'int', ['int', 'int', 'int']);
const brokenPipe = 13;
const setDescriptorFlags = 2;

const words = process.argv.slice(2);
/** Writes are asked about from then on, and nobody listens yet: this one is not among the calls that are asked about. */
function tell(said: string): void {
  const text = Buffer.from(said);
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64LE(BigInt(koffi.address(text)), 0);
  vector.writeBigUInt64LE(BigInt(text.length), 8);
  const here = -1;
  if (pwritev2(parent, vector, 1, here, 0) < 0) throw new Error(`pwritev2: ${koffi.errno()}`);
}

try {
  tell(`${askBeforeCalls()}\n`);
} catch (error) {
  writeSync(parent, `- ${(error as Error).message}\n`);
}
readSync(parent, Buffer.alloc(1));
closeSync(parent);
// Meant for the program, not for what becomes it.
const { PLUGPULL_NODE_OPTIONS: options } = process.env;
if (options !== undefined) process.env.NODE_OPTIONS = options;
delete process.env.PLUGPULL_NODE_OPTIONS;
setSignal(brokenPipe, 0);
// Node marks all that it was given as not to be handed on.
for (const fd of [0, 1, 2]) fcntl(fd, setDescriptorFlags, 0);
execvp(words[0]!, [...words, null]);
writeSync(2, `plugpull: ${words[0]} could not be started\n`);
process.exit(127);
