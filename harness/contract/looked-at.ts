import { canNotice } from '../attach/call-notices.js';
import type { History } from '../model/history.js';
import { pathOf } from '../model/inode.js';
import { isIgnored } from '../promise/globs.js';
import type { Scenario } from '../scenario/schema/scenario.js';
import { displayPath } from '../syscalls/byte-path.js';
import type { JudgedLog } from './judge-log.js';

/** Would it help to see what mapped files held before calls? Only where what was stored leaves something undecided. */
export function wantsLooks(
  { history, undecided, coverage }: Pick<JudgedLog, 'history' | 'undecided' | 'coverage'>,
  { promise }: Scenario,
): boolean {
  if (!canNotice || history === null) return false;
  if (undecided.length === 0 && coverage.systematic) return false;
  return doubtfulFiles(history).some((path) => !isIgnored(path, promise?.ignore ?? []));
}

function doubtfulFiles({ inodes }: History): string[] {
  return inodes
    .filter(({ opaque, storeDoubts }) => opaque === null && storeDoubts.length > 0)
    .map((inode) => displayPath(pathOf(inode)));
}
