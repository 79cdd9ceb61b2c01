/** System-call logs as strace would write them, of programs that save again and again. */
import { closeSync, openSync, writeSync } from 'node:fs';

/** The program's directory in these logs. */
export const logRoot = '/w';
export const ackPattern = '^saved (.*)$';

/** What a program does in one turn of its loop, as lines without process and time. */
type Turn = (n: number) => string[];

const directorySynced = [
  'openat(AT_FDCWD</w>, ".", O_RDONLY|O_DIRECTORY) = 4</w>',
  'fsync(4</w>) = 0',
  'close(4</w>) = 0',
];
const payload = 'x'.repeat(200);
const ack = (n: number): string =>
  `write(1<pipe:[1]>, "saved ${n}\\n", ${7 + String(n).length}) = ${7 + String(n).length}`;
const write = (name: string): string =>
  `write(3</w/${name}>, "${payload}", ${payload.length}) = ${payload.length}`;
const create = (name: string): string =>
  `openat(AT_FDCWD</w>, "${name}", O_WRONLY|O_CREAT|O_CLOEXEC, 0644) = 3</w/${name}>`;

/** Programs by name; each keeps its promises but for the one that is told. */
export const programs = {
  /** Every note a file of its own, as a mail store does. */
  notes: (n) => [
    create(`note${n}`),
    write(`note${n}`),
    `fsync(3</w/note${n}>) = 0`,
    `close(3</w/note${n}>) = 0`,
    ...directorySynced,
    ack(n),
  ],
  /** One file replaced over and over, as a configuration is. */
  replace: (n) => [
    create('tmp'),
    write('tmp'),
    'fsync(3</w/tmp>) = 0',
    'close(3</w/tmp>) = 0',
    'rename("tmp", "config") = 0',
    ...directorySynced,
    ack(n),
  ],
  /** One file that grows, as a log does. */
  append: (n) => [
    ...(n === 0 ? [create('log'), 'fsync(3</w/log>) = 0', ...directorySynced] : []),
    write('log'),
    'fdatasync(3</w/log>) = 0',
    ack(n),
  ],
  /** Nothing is ever synced: a violation at every turn. */
  careless: (n) => [
    create('tmp'),
    write('tmp'),
    'close(3</w/tmp>) = 0',
    `rename("tmp", "note${n}") = 0`,
    ack(n),
  ],
} satisfies Record<string, Turn>;

export type ProgramName = keyof typeof programs;

/** Writes a log of at least `calls` lines. Returns how many there are. */
export function writeCallLog(file: string, program: ProgramName, calls: number): number {
  const descriptor = openSync(file, 'w');
  try {
    let lines = 0;
    let text = '';
    for (let turn = 0; lines < calls; turn++) {
      for (const call of programs[program](turn)) {
        text += `7 ${1_700_000_000 + lines}.000000000 ${call} <0.000010000>\n`;
        lines++;
      }
      if (text.length > 1 << 20 || lines >= calls) {
        writeSync(descriptor, text);
        text = '';
      }
    }
    return lines;
  } finally {
    closeSync(descriptor);
  }
}
