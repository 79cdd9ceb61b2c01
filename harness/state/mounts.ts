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

/** What is mounted, in the order it was (proc(5), mountinfo). */
export function mounts(): { at: string; source: string; type: string }[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      // A varying number of optional fields ends at the hyphen; type and source follow it.
      const [before = '', after = ''] = line.split(' - ');
      return {
        at: unescapeOctal(before.split(' ')[4] ?? ''),
        source: unescapeOctal(after.split(' ')[1] ?? ''),
        type: after.split(' ')[0] ?? '',
      };
    });
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
