import type { SummaryRun } from '../document.js';
import { hrefOf } from './route.js';

/** Squares that are shown one by one. */
const mostSquares = 200;

/**
 * A square a round in which power was really lost, red where a promise was broken: a link to what it broke. Of more rounds
 * than have room the broken ones are all shown, and those between them that there is room for.
 */
export function RoundsStrip({
  rounds: { count, broken },
  run,
  open = null,
}: {
  rounds: NonNullable<SummaryRun['rounds']>;
  /** Position among the runs. */
  run: number;
  /** The round that is looked at. */
  open?: number | null;
}) {
  const room = Math.min(count, mostSquares);
  const beyond = broken.filter(({ round }) => round > room);
  const findings = new Map(broken.map(({ round, finding }) => [round, finding]));
  const shown = [...Array.from({ length: room }, (_, i) => i + 1), ...beyond.map(({ round }) => round)];
  const square = (round: number) => {
    const finding = findings.get(round);
    const current = round === open ? 'open' : '';
    return finding === undefined ? (
      <span key={round} class={`kept ${current}`} title={`round ${round}: kept`} />
    ) : (
      <a
        key={round}
        class={`broken ${current}`}
        href={hrefOf(run, finding)}
        title={`round ${round}: ${finding}`}
        aria-label={`round ${round}, broken: ${finding}`}
      />
    );
  };
  return (
    <div class="rounds" role="group" aria-label={`${count} rounds, ${broken.length} broken`}>
      {shown.map(square)}
      {count > shown.length && <span class="more">and {count - shown.length} more that kept what was promised</span>}
    </div>
  );
}
