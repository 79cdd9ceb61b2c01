import { underWay } from '../trace/said.js';

/** What a checker is told that clients said before the cut; names are API. */
export interface Told {
  /** The text of every ack. */
  acks: string[];
  /** What had begun and was not acknowledged: each may be there or not. */
  maybe: string[];
}

/** @param said before the cut, each in its order */
export function toldOf(said: {
  acks: readonly { text: string }[];
  begun: readonly { text: string }[];
}): Told {
  const acks = said.acks.map(({ text }) => text);
  return {
    acks,
    maybe: underWay(
      said.begun.map(({ text }) => text),
      acks,
    ),
  };
}

/** At a position of the block log, where so many acks had been given: what began there has not written anything yet. */
export function toldAt(
  {
    acks,
    begun,
  }: { acks: readonly { text: string }[]; begun: readonly { text: string; block_index: number }[] },
  point: { logIndex: number; acks: number },
): Told {
  return toldOf({
    acks: acks.slice(0, point.acks),
    begun: begun.filter(({ block_index }) => block_index < point.logIndex),
  });
}
