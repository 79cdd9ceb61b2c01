import type { Effect } from '../model/effect.js';
import type { History } from '../model/history.js';
import { View } from '../model/view.js';
import type { Promise_ } from '../scenario/schema/promise.js';
import { type BytePath, displayPath } from '../syscalls/byte-path.js';
import { isNamed } from './globs.js';
import { type LookedAt, thingOf } from './links.js';
import type { SeenThings } from './promised-names.js';

/** More switches of links tell nothing new of which names lead through them. */
const mostMoments = 64;

/** The directory as it was right behind each change of a link that a promise may be about. */
export function linkMoments(history: History, promises: Promise_): SeenThings[] {
  const globs = [...promises.files, ...promises.atomic];
  if (globs.length === 0) return [];
  const moments: SeenThings[] = [];
  const view = new View(history);
  for (const { effects } of history.steps) {
    let changes = false;
    for (const effect of effects) {
      changes ||= isOfLink(effect, globs);
      view.advance(effect);
    }
    if (changes) moments.push(thingsIn(view, history));
    if (moments.length >= mostMoments) break;
  }
  return moments;
}

function isOfLink(effect: Effect, globs: readonly string[]): boolean {
  if (effect.kind !== 'entry' || (effect.from?.kind !== 'symlink' && effect.to?.kind !== 'symlink'))
    return false;
  const path = displayPath(effect.path === '.' ? effect.name : `${effect.path}/${effect.name}`);
  return isNamed(path, globs) || globs.some((glob) => glob.includes(`${path}/`));
}

function thingsIn(view: View, { root }: History): SeenThings {
  const things = new Map<string, NonNullable<LookedAt>>();
  const visit = (directory: History['root'], above: BytePath, depth: number): void => {
    if (depth > 64) return;
    for (const [name, inode] of view.children(directory)) {
      const path = above === '' ? name : `${above}/${name}`;
      things.set(displayPath(path), thingOf(inode));
      if (inode.kind === 'directory') visit(inode, path, depth + 1);
    }
  };
  visit(root, '', 0);
  return things;
}
