import { readdirSync, readFileSync } from 'node:fs';
import { killUntilGone } from './processes.js';

/** The processes below one, by their parents (proc(5), field 4 of stat); zombies are none. */
export function descendantsOf(ancestor: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const parent = parentOf(pid);
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  for (const queue = [ancestor]; queue.length > 0; ) {
    const below = children.get(queue.pop()!) ?? [];
    found.push(...below);
    queue.push(...below);
  }
  return found;
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the command, may hold spaces and brackets: count from behind it.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? null : Number(parent);
  } catch {
    return null;
  }
}

/** Kills all that is below this process, until nothing is; what overwrites its environment (PostgreSQL) is found, too. */
export function killDescendants(): void {
  killUntilGone(() => descendantsOf(process.pid), undefined, { rounds: 200, pauseMs: 5 });
}
