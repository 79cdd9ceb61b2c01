import type { SummaryRun } from '../document.js';

const mostSquares = 200;

/** A square a round in which power was really lost, red where a promise was broken. */
export function RoundsStrip({ rounds }: { rounds: NonNullable<SummaryRun['rounds']> }) {
  const shown = Math.min(rounds.count, mostSquares);
  return (
    <div class="rounds" role="img" aria-label={`${rounds.count} rounds, broken: ${rounds.broken.join(', ') || 'none'}`}>
      {Array.from({ length: shown }, (_, i) => (
        <span key={i} class={rounds.broken.includes(i + 1) ? 'broken' : ''} title={`round ${i + 1}`} />
      ))}
      {rounds.count > shown && <span class="more">and {rounds.count - shown} more</span>}
    </div>
  );
}
