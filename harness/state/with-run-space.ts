import { cleanRun } from './clean.js';
import { RunSpace } from './run-space.js';

/** Runs something in a space of its own, and removes what it made there, however it ends. */
export async function withRunSpace<T>(
  action: (space: RunSpace) => Promise<T>,
  warn: (text: string) => void,
): Promise<T> {
  const space = RunSpace.create();
  try {
    return await action(space);
  } finally {
    const { left } = cleanRun(space.id);
    if (left.length > 0) warn(`could not remove: ${left.join('; ')}; try plugpull doctor --clean`);
  }
}
