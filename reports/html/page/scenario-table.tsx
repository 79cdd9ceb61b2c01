import { useState } from 'preact/hooks';
import { oneCoverage } from '../../words/coverage.js';
import type { Summary, SummaryRun } from '../document.js';
import { hrefOf } from './route.js';
import { RoundsStrip } from './rounds-strip.js';

const columns = {
  scenario: (run: SummaryRun) => run.scenario,
  storage: (run: SummaryRun) => run.storage,
  contract: (run: SummaryRun) => run.cells.contract,
  observed: (run: SummaryRun) => run.cells.observed,
  findings: (run: SummaryRun) => String(run.findings).padStart(6, '0'),
} as const;
type Column = keyof typeof columns;

export function ScenarioTable({ summary }: { summary: Summary }) {
  const [sort, setSort] = useState<{ by: Column; down: boolean } | null>(null);
  const [text, setText] = useState('');
  const [verdict, setVerdict] = useState('all');
  const rows = summary.runs
    .map((run, position) => ({ run, position }))
    .filter(
      ({ run }) =>
        (verdict === 'all' || run.verdict === verdict) &&
        `${run.scenario} ${run.storage}`.toLowerCase().includes(text.toLowerCase()),
    );
  if (sort) {
    const value = columns[sort.by];
    rows.sort((a, b) => (value(a.run) < value(b.run) ? -1 : value(a.run) > value(b.run) ? 1 : 0) * (sort.down ? -1 : 1));
  }
  return (
    <section class="scenarios" aria-label="scenarios">
      <h2>Scenarios</h2>
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <input
          type="search"
          placeholder="Filter scenarios"
          aria-label="filter scenarios"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <select aria-label="verdict" value={verdict} onChange={(event) => setVerdict(event.currentTarget.value)}>
          <option value="all">every verdict</option>
          <option value="violation">violation</option>
          <option value="unknown">unknown</option>
          <option value="pass">pass</option>
        </select>
      </form>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              {(Object.keys(columns) as Column[]).map((name) => (
                <th key={name} aria-sort={sort?.by === name ? (sort.down ? 'descending' : 'ascending') : undefined}>
                  <button
                    type="button"
                    class="link"
                    onClick={() => setSort({ by: name, down: sort?.by === name ? !sort.down : false })}
                  >
                    {name}
                  </button>
                </th>
              ))}
              <th>what it rests on</th>
              <th>not looked at</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ run, position }) => (
              <Row key={position} run={run} position={position} first={firstFinding(summary, position)} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function firstFinding({ findings }: Summary, position: number): string | null {
  const first = findings.find(({ run }) => run === position);
  return first ? hrefOf(position, first.id) : null;
}

function Row({ run, position, first }: { run: SummaryRun; position: number; first: string | null }) {
  const unseen = [...new Set(run.coverage.flatMap((coverage) => coverage.unseen))];
  return (
    <tr>
      <td class="name">
        <strong>{run.scenario}</strong>
        {run.met === true && <div class="quiet">as expected</div>}
        {run.met === false && <div class="bad">not as expected</div>}
      </td>
      <td class="storage" data-label="on">{run.storage}</td>
      <td data-label="contract">
        <Cell text={run.cells.contract} />
      </td>
      <td data-label="observed">
        <Cell text={run.cells.observed} />
      </td>
      <td data-label="findings">{first ? <a href={first}>{run.findings}</a> : run.findings}</td>
      <td class="basis">
        {run.coverage.map((coverage) => (
          <div key={coverage.engine} title={coverage.scope}>
            {oneCoverage({ ...coverage, unseen: [] })}
          </div>
        ))}
        {run.rounds && <RoundsStrip rounds={run.rounds} run={position} />}
        {run.notes.length > 0 && (
          // Why it cannot be told is the answer then, not an aside.
          <details open={run.verdict === 'unknown'}>
            <summary>
              {run.notes.length} {run.notes.length === 1 ? 'note' : 'notes'}
            </summary>
            <ul>
              {run.notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          </details>
        )}
      </td>
      <td class="basis" data-label="not looked at">
        {unseen.length === 0 ? (
          <span class="quiet">nothing</span>
        ) : (
          unseen.map((line) => <div key={line}>{line}</div>)
        )}
      </td>
    </tr>
  );
}

export function Cell({ text }: { text: string }) {
  const [outcome = '', masked] = text.split(', ');
  return <span class={`verdict ${masked ? 'masked' : outcome === '-' ? 'none' : outcome}`}>{text}</span>;
}
