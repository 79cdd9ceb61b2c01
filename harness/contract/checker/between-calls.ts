/**
 * What a checker rejects and no sync call repairs: the power can fail between two calls, however early each is durable.
 * The earlier one took away what the later one was to bring, as a rename of the only copy to its backup does.
 */
import type { Effect } from '../../model/effect.js';
import type { History } from '../../model/history.js';
import { entryPath } from '../../model/inode.js';
import { displayPath } from '../../syscalls/byte-path.js';
import { titlesOf } from '../breach/in-place-words.js';

export interface BetweenCalls {
  history: History;
  missing: readonly Effect[];
  /** The change that must be there for the loss to matter; null: none that was found. */
  kept: Effect | null;
  /** Of a write that is missing the disk kept a part. */
  torn: boolean;
  /** The checker's. */
  reason: string;
}

export function betweenCalls({ history, missing, kept, torn, reason }: BetweenCalls): {
  sentence: string;
  fix: string | null;
} {
  if (missing.length === 0) {
    const sentence = `no system call is missing: even with every call before the crash kept, ${reason}`;
    if (kept === null) return { sentence, fix: null };
    const { title } = history.steps[kept.step]!;
    return {
      sentence: `${sentence}: so it is from ${title} on`,
      fix: `no sync call helps, since the power can fail right behind ${title}: let it take effect in one step with what is to follow, or let the next start put right what is left`,
    };
  }
  const lost = titlesOf(history, missing);
  const keeps = kept === null ? '' : `keeps ${history.steps[kept.step]!.title} and `;
  return {
    sentence: `a crash that ${keeps}loses ${torn ? 'a part of ' : ''}${lost} breaks the promise: ${reason}`,
    fix: fixOf(history, { missing, kept, torn, lost }),
  };
}

function fixOf(
  history: History,
  { missing, kept, torn, lost }: Pick<BetweenCalls, 'missing' | 'kept' | 'torn'> & { lost: string },
): string | null {
  const name = torn ? nameOf(missing[0]!) : (kept && sameName(kept, missing)) || null;
  if (name !== null)
    return `no sync call helps: write the new version of ${name} under another name, fsync it, rename it to ${name}, and fsync its directory`;
  if (kept === null) return null;
  return `no sync call helps, since the power can fail between ${history.steps[kept.step]!.title} and ${lost}: let both take effect in one step, or let the next start put right what is left`;
}

/** The name that one took away, or the file that one began, of which the others were to bring the new version. */
function sameName(kept: Effect, missing: readonly Effect[]): string | null {
  const begun = kept.kind === 'entry' ? kept.to : kept.inode;
  const same = missing.find(
    (effect) => nameOf(effect) === nameOf(kept) || (effect.kind !== 'entry' && effect.inode === begun),
  );
  return same ? nameOf(same) : null;
}

function nameOf(effect: Effect): string {
  return displayPath(effect.kind === 'entry' ? entryPath(effect.inode, effect.name) : effect.path);
}
