/** One operation: there as a whole or not at all. */
import { asked, type Property, type PropertyWorkload, pillai } from './property.js';
import type { Shown } from './shown.js';

function wholeOrNot(setup: string, operation: string): PropertyWorkload {
  return asked(`${setup}; start; ${operation}`, (shown, before) => {
    const [old, done] = [before[0]!, before.at(-1)!];
    return shown.whole === old.whole || shown.whole === done.whole ? null : shown.told;
  });
}

/** What is there is the beginning of what was written: whoever finds a longer file finds its bytes. */
function beginning(setup: string, append: string): PropertyWorkload {
  return asked(`${setup}; start; ${append}`, (shown, before) => {
    const written = before.at(-1)!.bytes('a');
    const found = shown.bytes('a');
    const isBeginning = found.equals(written.subarray(0, found.length));
    return isBeginning && found.length >= oldLength(before) ? null : shown.describe('a');
  });
}

function oldLength(before: readonly Shown[]): number {
  return before[0]!.bytes('a').length;
}

const file = (length: number): string => `create a; write a 0 ${length}`;
const manyBytes = 65536;

export const atomicity: readonly Property[] = [
  {
    name: 'sector-overwrite',
    family: 'atomicity',
    says: 'a sector written over an old one is old or new',
    source: `${pillai}: single sector overwrite`,
    workloads: [wholeOrNot(file(4096), 'write a 512 512'), wholeOrNot(file(12288), 'write a 4608 512')],
  },
  {
    name: 'block-overwrite',
    family: 'atomicity',
    says: 'a block written over an old one is old or new',
    source: `${pillai}: single block overwrite`,
    workloads: [wholeOrNot(file(4096), 'write a 0 4096'), wholeOrNot(file(12288), 'write a 4096 4096')],
  },
  {
    name: 'blocks-overwrite',
    family: 'atomicity',
    says: 'several blocks written over old ones by one call are all old or all new',
    source: `${pillai}: multi-block append/writes`,
    workloads: [
      wholeOrNot(file(12288), 'write a 0 12288'),
      wholeOrNot(file(manyBytes), `write a 0 ${manyBytes}`),
    ],
  },
  {
    name: 'sector-append',
    family: 'atomicity',
    says: 'an appended sector is there with its bytes, or not at all',
    source: `${pillai}: single sector append`,
    workloads: [wholeOrNot(file(4096), 'write a 4096 512'), wholeOrNot(file(512), 'write a 512 512')],
  },
  {
    name: 'block-append',
    family: 'atomicity',
    says: 'an appended block is there with its bytes, or not at all',
    source: `${pillai}: single block append`,
    workloads: [wholeOrNot(file(4096), 'write a 4096 4096'), wholeOrNot('create a', 'write a 0 4096')],
  },
  {
    name: 'blocks-append',
    family: 'atomicity',
    says: 'several blocks appended by one call are there as a whole, or not at all',
    source: `${pillai}: multi-block append/writes`,
    workloads: [
      wholeOrNot(file(4096), 'write a 4096 12288'),
      wholeOrNot(file(4096), `write a 4096 ${manyBytes}`),
    ],
  },
  {
    name: 'size-after-data',
    family: 'atomicity',
    says: 'a file that has grown shows the bytes appended, or fewer of them: never zeros or others’ bytes',
    source: `${pillai}: multi-block prefix append`,
    workloads: [
      beginning(file(512), 'write a 512 512'),
      beginning('create a', 'write a 0 4096'),
      beginning(file(4096), 'write a 4096 12288'),
      beginning(file(4096), `write a 4096 ${manyBytes}`),
    ],
  },
  {
    name: 'directory-operation',
    family: 'atomicity',
    says: 'a change of names is there as a whole or not at all',
    source: `${pillai}: directory op`,
    workloads: [
      wholeOrNot(file(4096), 'rename a b'),
      wholeOrNot(`${file(4096)}; create b`, 'rename a b'),
      wholeOrNot(`mkdir A; mkdir B; create A/a`, 'rename A/a B/a'),
      wholeOrNot(`mkdir A; mkdir B; create A/a; create B/a`, 'rename A/a B/a'),
      wholeOrNot(`mkdir A; create A/a`, 'rename A B'),
      wholeOrNot(`${file(4096)}; create b`, 'exchange a b'),
      wholeOrNot(file(4096), 'link a b'),
      wholeOrNot(file(4096), 'unlink a'),
      wholeOrNot(`${file(4096)}; link a b`, 'unlink a'),
      wholeOrNot('create a', 'create b'),
      wholeOrNot('create a', 'mkdir A'),
      wholeOrNot('mkdir A', 'rmdir A'),
      wholeOrNot('create a', 'symlink a b'),
    ],
  },
];
