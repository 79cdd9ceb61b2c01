import { processIds, processState } from './process-state.js';
import { killUntilGone } from './processes.js';

/** The processes below one, by their parents; zombies are none. */
export function descendantsOf(ancestor: number): number[] {
  const children = new Map<number, number[]>();
  for (const pid of processIds()) {
    const parent = processState(pid)?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  for (const queue = [ancestor]; queue.length > 0; ) {
    const below = children.get(queue.pop()!) ?? [];
    found.push(...below);
    queue.push(...below);
  }
  return found;
}

/** Kills all that is below this process, until nothing is; what overwrites its environment (PostgreSQL) is found, too. */
export function killDescendants(): void {
  killUntilGone(() => descendantsOf(process.pid), undefined, { rounds: 200, pauseMs: 5 });
}
