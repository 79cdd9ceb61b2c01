import type { History } from '../../model/history.js';

/**
 * Why acks may have come later than the program meant them; null when nothing speaks for it.
 *
 * A C library that writes to anything but a terminal keeps lines until its buffer is full or the program ends, so
 * several acks arrive in one write(2), with nothing done behind it. An ack that comes late can only miss what was lost
 * before it.
 */
export function heldAcks({ acks, effects }: Pick<History, 'acks' | 'effects'>): string | null {
  const last = acks.at(-1);
  if (!last) return null;
  const together = acks.filter(({ at }) => at === last.at);
  if (together.length < 2) return null;
  const isEnd = effects.every(({ at }) => at < last.at);
  if (!isEnd || effects.length === 0) return null;
  return (
    `${together.length} acks came in one write at the end of the program: ` +
    'a C library keeps what is printed until then where standard output is no terminal, so when they were meant is not known; ' +
    'make it one (--terminal, workload.terminal), or flush standard output after each ack (stdbuf -oL, or the language’s own way)'
  );
}
