/** Which of the writes that were in the disk's cache when the power went are on the disk all the same. */
import type { Pieces } from '../../harness/explore/pieces.js';
import { tearsOf } from '../../harness/explore/tears.js';
import type { Loss } from '../../harness/scenario/schema/live.js';

export interface Lost {
  /** What was done in the end: where no write can be torn, some are lost whole. */
  loss: Loss;
  /** The pieces that are lost; of a torn write its lost parts. */
  lost: number[];
}

/**
 * @param about `pending`: numbers of the pending pieces, oldest first; `wanted`: what the scenario names, for the rounds in
 *   turn; none: all in the first round, nothing in the second, then what chance decides
 */
export function lose(
  random: () => number,
  {
    round,
    pending,
    pieces,
    wanted,
  }: { round: number; pending: readonly number[]; pieces: Pieces; wanted: readonly Loss[] },
): Lost {
  const loss = wanted.length > 0 ? wanted[round % wanted.length]! : usual(random, round);
  if (loss === 'all') return { loss, lost: [...pending] };
  if (loss === 'none') return { loss, lost: [] };
  const torn = loss === 'torn' ? tornPart(random, pending, pieces) : null;
  const share = random();
  const others = pending.filter((piece) => piece !== torn?.piece && random() < share);
  return { loss: torn ? 'torn' : 'some', lost: [...others, ...(torn?.parts ?? [])] };
}

function usual(random: () => number, round: number): Loss {
  if (round === 0) return 'all';
  if (round === 1) return 'none';
  const kind = random();
  if (kind < 0.3) return 'all';
  if (kind < 0.4) return 'none';
  return kind < 0.7 ? 'some' : 'torn';
}

/** One of the writes that can be torn, and the parts of it that are lost; null where there is none. */
function tornPart(
  random: () => number,
  pending: readonly number[],
  pieces: Pieces,
): { piece: number; parts: number[] } | null {
  const tearable = pending.flatMap((piece) => pieces.tearable(piece) ?? []);
  const torn = tearable[Math.floor(random() * tearable.length)];
  if (!torn) return null;
  const tears = tearsOf(torn.parts);
  const tear = tears[Math.floor(random() * tears.length)]!;
  return { piece: torn.piece, parts: tear.flatMap((there, n) => (there ? [] : [torn.first + n])) };
}

/** After the words "of N writes in the disk's cache". */
export function lossText(loss: Loss, lost: number): string {
  if (loss === 'all') return 'all were lost';
  if (loss === 'none' || lost === 0) return 'none was lost';
  return loss === 'torn' ? 'some were lost, and one torn' : `${lost} ${lost === 1 ? 'was' : 'were'} lost`;
}
