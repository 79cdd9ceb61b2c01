import type { Effect } from '../model/effect.js';
import type { History } from '../model/history.js';

/**
 * Does a directory take another name, so that the same path leads through different ones at different times? What is read
 * under a path below is then no matter of one name in one directory.
 */
export function directoriesMove({ effects }: Pick<History, 'effects'>): boolean {
  let known = answers.get(effects);
  if (known === undefined) {
    known = effects.some(
      (effect) => effect.kind === 'entry' && effect.group !== null && effect.to?.kind === 'directory',
    );
    answers.set(effects, known);
  }
  return known;
}

const answers = new WeakMap<readonly Effect[], boolean>();
