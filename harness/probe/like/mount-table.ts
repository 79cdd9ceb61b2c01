/** What is mounted where, by the kernel's table of it (proc(5), /proc/PID/mountinfo). */

export interface MountLine {
  /** Major and minor number, such as `254:0`; of btrfs and overlayfs none that a device has. */
  device: string;
  /** What of the file system is mounted: `/` is all of it. */
  root: string;
  at: string;
  fs: string;
  source: string;
  options: string[];
}

/** The mount that a path lies on: the longest that it begins with, and the last of those. */
export function mountOf(path: string, table: string): MountLine | null {
  let found: MountLine | null = null;
  for (const line of table.split('\n')) {
    const [before, behind] = line.split(' - ');
    const [, , device, root, escapedAt, own] = before!.split(' ');
    if (behind === undefined || escapedAt === undefined) continue;
    const at = unescaped(escapedAt);
    const below = at === '/' ? '/' : `${at}/`;
    if (!`${path}/`.startsWith(below) || (found && at.length < found.at.length)) continue;
    const [fs, source, all] = behind.split(' ');
    const options = [...new Set([...own!.split(','), ...(all ?? '').split(',')])];
    found = { device: device!, root: unescaped(root!), at, fs: fs!, source: unescaped(source!), options };
  }
  return found;
}

/** Blanks and the like are octal numbers there. */
function unescaped(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
