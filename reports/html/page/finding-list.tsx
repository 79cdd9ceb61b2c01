import { counted } from '../../words/count.js';
import type { Summary, SummaryFinding } from '../document.js';
import { type Filter, noFilter } from './filter.js';
import { hrefOf } from './route.js';

/** A list of more than this is shown in part: a browser is slow with thousands of links. */
const mostShown = 300;

/** What the badges mean, of those that are there. */
function Meaning({ findings }: { findings: readonly SummaryFinding[] }) {
  const has = (evidence: SummaryFinding['evidence'], masked: boolean): boolean =>
    findings.some((one) => one.evidence === evidence && one.masked === masked);
  return (
    <p class="meaning quiet">
      {has('observed', false) && (
        <span>
          <span class="badge observed">F</span> seen on a disk that a power cut can leave
        </span>
      )}
      {has('contract', false) && (
        <span>
          <span class="badge contract">C</span> the program relies on more than it asked for
        </span>
      )}
      {has('contract', true) && (
        <span>
          <span class="badge masked">C</span> the same, but this storage lost nothing
        </span>
      )}
    </p>
  );
}

export function FindingList({
  summary,
  shown,
  filter,
  setFilter,
  open,
}: {
  summary: Summary;
  shown: readonly SummaryFinding[];
  filter: Filter;
  setFilter: (filter: Filter) => void;
  open: SummaryFinding | undefined;
}) {
  const kinds = [...new Set(summary.findings.map(({ kind }) => kind))].sort();
  const evidences = new Set(summary.findings.map(({ evidence }) => evidence));
  const start = open ? Math.max(0, shown.indexOf(open) - mostShown / 2) : 0;
  const listed = shown.slice(start, start + mostShown);
  return (
    <section class="findings" aria-label="findings">
      {summary.findings.length > 0 && (<form class="filter" onSubmit={(event) => event.preventDefault()}>
        <input
          id="search"
          type="search"
          placeholder="Filter findings"
          aria-label="filter findings"
          value={filter.text}
          onInput={(event) => setFilter({ ...filter, text: event.currentTarget.value })}
        />
        {evidences.size > 1 && (
          <select
            aria-label="evidence"
            value={filter.evidence}
            onChange={(event) =>
              setFilter({ ...filter, evidence: event.currentTarget.value as Filter['evidence'] })
            }
          >
            <option value="all">both verdicts</option>
            <option value="observed">observed</option>
            <option value="contract">contract</option>
          </select>
        )}
        {kinds.length > 1 && (
          <select
            aria-label="kind"
            value={filter.kind}
            onChange={(event) => setFilter({ ...filter, kind: event.currentTarget.value })}
          >
            <option value="all">every kind</option>
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {kind}
              </option>
            ))}
          </select>
        )}
        {summary.findings.some(({ expected }) => expected) && (
          <label>
            <input
              type="checkbox"
              checked={filter.expected}
              onChange={(event) => setFilter({ ...filter, expected: event.currentTarget.checked })}
            />{' '}
            expected ones
          </label>
        )}
      </form>)}
      <p class="quiet" role="status">
        {summary.findings.length === 0
          ? 'No findings.'
          : shown.length === summary.findings.length
            ? counted(shown.length, 'finding')
            : `${shown.length} of ${summary.findings.length} findings `}
        {shown.length < summary.findings.length && (
          <button type="button" class="link" onClick={() => setFilter(noFilter)}>
            show all
          </button>
        )}
        {summary.left_out > 0 && `; ${summary.left_out} more are in the results folder, left out here to stay small`}
        {summary.unlisted > 0 && `; ${summary.unlisted} more were seen and not listed (explore.max_findings)`}
        {summary.without_chunk > 0 &&
          `; of ${summary.without_chunk} only the first line is here, to stay under 5 MB`}
      </p>
      <Meaning findings={summary.findings} />
      {listed.length > 0 && (<ul>
        {listed.map((finding) => (
          <li key={`${finding.run}/${finding.id}`}>
            <a
              href={hrefOf(finding.run, finding.id)}
              aria-current={finding === open ? 'true' : undefined}
              class={finding.expected ? 'expected' : ''}
            >
              <span class={`badge ${finding.masked ? 'masked' : finding.evidence}`}>{finding.id}</span>
              <span class="what">
                <span class="property">{finding.property}</span>
                {finding.lost !== null && <span class="lost">{finding.lost}</span>}
                <span class="quiet">
                  {summary.runs[finding.run]!.scenario} on {summary.runs[finding.run]!.storage} · {finding.kind}
                  {finding.masked && ' · masked'}
                  {finding.expected && ' · expected'}
                </span>
              </span>
            </a>
          </li>
        ))}
      </ul>)}
      {shown.length > listed.length && <p class="quiet">{shown.length - listed.length} more: filter to see them</p>}
    </section>
  );
}
