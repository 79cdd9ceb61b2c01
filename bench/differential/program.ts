/**
 * Random programs of file operations, for `workloads/differential/operations.py`. The same seed and number give the
 * same program in every release: nothing here may change without a new generation number.
 */
import { seededRandom } from '../../harness/explore/random.js';

/** `[name, argument...]`, as operations.py takes it. */
export type FileOperation = [string, ...(string | number)[]];

/** What is there, durably, before each program. */
export const programSetup = 'printf hello > a; mkdir d; head -c 6000 /dev/zero | tr "\\0" z > d/a; ln a d/b';

const generation = 1;
const names = ['a', 'b', 'c', 'd/a', 'd/b', 'e/a', 'e/b'];
const folders = ['d', 'e', 'd/f'];
const slots = [0, 1, 2];
const letters = ['p', 'q', 'r', 's', 't'];
/** Within a block, over its border, and several blocks. */
const lengths = [1, 7, 100, 512, 4096, 5000, 9000];
const offsets = [0, 0, 3, 100, 4000, 4096, 8192];
const openFlags = [
  'CREAT',
  'CREAT',
  'CREAT|TRUNC',
  'CREAT|APPEND',
  'CREAT|EXCL',
  'CREAT|SYNC',
  'CREAT|DSYNC',
  '',
  'TRUNC',
  'APPEND',
];
const fallocateModes: [mode: string, offsets: number[], lengths: number[]][] = [
  ['', [0, 4096], [100, 8192]],
  ['KEEP_SIZE', [0, 4096], [4096, 8192]],
  ['PUNCH_HOLE|KEEP_SIZE', [0, 100, 4096], [50, 4096]],
  ['ZERO_RANGE', [0, 100], [50, 4096, 8192]],
  ['ZERO_RANGE|KEEP_SIZE', [0, 4096], [50, 8192]],
  ['COLLAPSE_RANGE', [0, 4096], [4096]],
  ['INSERT_RANGE', [0, 4096], [4096]],
];

export function generatedProgram(seed: number, number: number): FileOperation[] {
  const random = seededRandom(
    Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b) ^ generation,
  );
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const weights: [number, () => FileOperation][] = [
    [14, () => ['open', pick(slots), pick(names), pick(openFlags)]],
    [14, () => ['write', pick(slots), pick(lengths), pick(letters)]],
    [8, () => ['pwrite', pick(slots), pick(offsets), pick(lengths), pick(letters)]],
    [2, () => ['rwf', pick(slots), pick(offsets), pick(lengths), pick(letters), pick(['SYNC', 'DSYNC'])]],
    [3, () => ['ftruncate', pick(slots), pick([0, 3, 4096, 7000])]],
    [3, () => ['truncate', pick(names), pick([0, 3, 4096, 7000])]],
    [
      3,
      () => {
        const [mode, from, counts] = pick(fallocateModes);
        return ['fallocate', pick(slots), mode, pick(from), pick(counts)];
      },
    ],
    [7, () => ['fsync', pick(slots)]],
    [4, () => ['fdatasync', pick(slots)]],
    [2, () => ['writeback', pick(slots)]],
    [1, () => ['msync', pick(slots), pick([0, 3]), pick([1, 100]), pick(letters)]],
    [8, () => ['rename', pick(names), pick(names)]],
    [2, () => ['rename', pick(folders), pick(folders)]],
    [2, () => ['renameat2', pick(names), pick(names), 'NOREPLACE']],
    [3, () => ['renameat2', pick([...names, ...folders]), pick([...names, ...folders]), 'EXCHANGE']],
    [4, () => ['link', pick(names), pick(names)]],
    [2, () => ['symlink', pick(names), pick(names)]],
    [5, () => ['unlink', pick(names)]],
    [4, () => ['mkdir', pick(folders)]],
    [2, () => ['rmdir', pick(folders)]],
    [7, () => ['fsync_dir', pick(['.', '.', ...folders])]],
    [0.3, () => ['sync']],
    [1, () => ['syncfs']],
    [4, () => ['close', pick(slots)]],
    [6, () => ['ack']],
  ];
  const total = weights.reduce((sum, [weight]) => sum + weight, 0);
  const any = (): FileOperation => {
    let left = random() * total;
    for (const [weight, make] of weights) {
      left -= weight;
      if (left < 0) return make();
    }
    return ['ack'];
  };
  const length = 6 + Math.floor(random() * 15);
  // Writes need an open file: most programs begin with one.
  return [['open', 0, pick(names), 'CREAT'], ...Array.from({ length }, any), ['ack']];
}

export function programText(operations: readonly FileOperation[]): string {
  return JSON.stringify(operations);
}
