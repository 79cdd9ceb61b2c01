/**
 * The process that is the recorded disk, of one recording after the other (record-disk.ts has what that is). Ends when its
 * standard input closes.
 */
import { createInterface } from 'node:readline';
import type { DiskSetup, FromDisk } from './messages.js';
import { recordDisk } from './record-disk.js';

let unsent = '';
/** What is said at one moment goes out as one: what a program printed, and the ack that it is. */
function send(message: FromDisk): void {
  if (unsent === '') queueMicrotask(flushMessages);
  unsent += `${JSON.stringify(message)}\n`;
}

function flushMessages(): void {
  if (unsent === '') return;
  process.stdout.write(unsent);
  unsent = '';
}

/** What a program prints without end would fill the memory while the command has no time to read it. */
function whenTaken(then: () => void): void {
  if (unsent !== '') flushMessages();
  if (process.stdout.writableNeedDrain) process.stdout.once('drain', then);
  else then();
}

function fault(error: unknown): void {
  send({ type: 'fault', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

process.on('uncaughtException', fault);
// The command decides when a recording ends; a Ctrl-C in the terminal reaches this process too.
process.on('SIGINT', () => {});

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const nextMessage = async <T>(): Promise<T | null> => {
  const { done, value } = await lines.next();
  return done ? null : (JSON.parse(value) as T);
};

for (let setup = await nextMessage<DiskSetup>(); setup; setup = await nextMessage<DiskSetup>()) {
  const wantsRest = await recordDisk(setup, { nextMessage, send, whenTaken, fault });
  if (!wantsRest) break;
  send({ type: 'rested' });
}
process.exit(0);
