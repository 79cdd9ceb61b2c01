/** What is mounted, as this process sees it. */
import { readFileSync } from 'node:fs';

/** Mount points at or below a folder, in the order they were mounted. */
export function mountsBelow(folder: string): string[] {
  return mounts()
    .map(({ at }) => at)
    .filter((at) => isBelow(folder, at));
}

/** Whether it is there, or in there. */
export function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

export interface Mount {
  at: string;
  source: string;
  type: string;
  /** `major:minor`, as st_dev of what lies there; but see subvolumes of btrfs. */
  device: string;
}

/** What is mounted, in the order it was. */
export function mounts(): Mount[] {
  return parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** The same as another process sees it; nothing where it is gone, or not ours to look at. */
export function mountsOf(pid: number): Mount[] {
  try {
    return parseMounts(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'));
  } catch {
    return [];
  }
}

/** proc(5), mountinfo. */
function parseMounts(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      // A varying number of optional fields ends at the hyphen; type and source follow it.
      const [before = '', after = ''] = line.split(' - ');
      return {
        at: unescapeOctal(before.split(' ')[4] ?? ''),
        source: unescapeOctal(after.split(' ')[1] ?? ''),
        type: after.split(' ')[0] ?? '',
        device: before.split(' ')[2] ?? '',
      };
    });
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
