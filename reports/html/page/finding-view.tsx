import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { kindWords } from '../../words/finding-kind.js';
import { lostLabel } from '../../words/lost-label.js';
import type { Chunk, Summary, SummaryFinding } from '../document.js';
import { CopyButton } from './copy-button.js';
import { FileDiff } from './file-diff.js';
import { inflated } from './inflate.js';
import { ProtocolView } from './protocol-view.js';
import { hrefOf } from './route.js';
import { RoundsStrip } from './rounds-strip.js';
import { Cell } from './scenario-table.js';
import { SourceView } from './source-view.js';
import { Timeline } from './timeline.js';
import { placeText } from '../../words/place-text.js';
import { WorkloadView } from './workload-view.js';

export function FindingView({ summary, entry }: { summary: Summary; entry: SummaryFinding }) {
  const [chunk, setChunk] = useState<Chunk | 'loading' | null>('loading');
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    void (entry.chunk === null ? Promise.resolve(null) : inflated<Chunk>(entry.chunk)).then(setChunk);
    heading.current?.focus({ preventScroll: true });
    if (matchMedia('(max-width: 900px)').matches) heading.current?.scrollIntoView();
  }, [entry]);
  const run = summary.runs[entry.run]!;
  return (
    <article class="finding" aria-label={`finding ${entry.id}`}>
      <a class="back" href="#/findings">
        ← all findings
      </a>
      <h2 ref={heading} tabIndex={-1}>
        <span class={`badge ${entry.masked ? 'masked' : entry.evidence}`}>{entry.id}</span> {entry.property}
      </h2>
      {summary.probe ? (
        <p class="storage">
          <Cell text={run.cells.observed} /> {run.storage}: does it keep what fsync owes, mounted so, on such a disk?
        </p>
      ) : (
      <div class="verdicts">
        <div>
          <h3>contract</h3>
          <Cell text={run.cells.contract} />
          <p class="quiet">
            {run.contract === null
              ? 'Not asked: the system calls were not judged in this run.'
              : 'Does the program rely on more than fsync and directory sync promise?'}
          </p>
        </div>
        <div>
          <h3>observed{run.observed === null ? '' : ` on ${run.storage}`}</h3>
          <Cell text={run.cells.observed} />
          <p class="quiet">
            {run.observed === null
              ? 'No file system was looked at: only the system calls were judged.'
              : 'Does it lose something on this file system, mounted so, on such a disk?'}
          </p>
        </div>
      </div>
      )}
      {chunk === 'loading' ? (
        <p class="quiet">…</p>
      ) : chunk === null ? (
        <p>The rest of this finding was left out, to stay under 5 MB; it is in the results folder.</p>
      ) : (
        <Details chunk={chunk} summary={summary} entry={entry} />
      )}
    </article>
  );
}

function Details({ chunk, summary, entry }: { chunk: Chunk; summary: Summary; entry: SummaryFinding }) {
  const { finding, scene, protocol, source, patch, places, when, workload } = chunk;
  const { promise, lost, cause, fix, reproduce, kind, evidence, crash_point } = finding;
  const { rounds } = summary.runs[entry.run]!;
  const words = kindWords(kind, summary.probe);
  const link = (text: string): ComponentChildren => linked(text, summary, entry);
  return (
    <>
      <dl class="facts">
        <dt>promised</dt>
        <dd>{promise}</dd>
        <dt>see it</dt>
        <dd>
          <span class="copy">
            <code>{reproduce}</code>
            <CopyButton text={reproduce} />
          </span>
        </dd>
        <dt>power cut</dt>
        <dd>{when}</dd>
        <dt>{lostLabel(finding) === 'lost' ? 'what can be lost' : 'what is left'}</dt>
        {lost.map((line) => (
          <dd key={line}>{link(line)}</dd>
        ))}
        <dt>{evidence === 'contract' ? 'calls' : 'lost writes'}</dt>
        {cause.map(({ syscall, args, ...place }, i) => (
          <dd key={i}>
            <code>{evidence === 'contract' ? `${syscall}(${args})` : args}</code> <span class="quiet">{placeText(place)}</span>
          </dd>
        ))}
        {cause.length === 0 && (
          <dd>
            {evidence === 'observed' && crash_point?.round === undefined
              ? 'none that had been sent to the disk: what is missing had not been written yet'
              : 'none'}
          </dd>
        )}
        {fix !== null && (
          <>
            <dt>fix</dt>
            <dd class="fix">{fix}</dd>
          </>
        )}
      </dl>
      {(source || patch) && <SourceView source={source} patch={patch ?? null} causes={places} />}
      {workload && <WorkloadView workload={workload} />}
      {scene && <Timeline scene={scene} />}
      {rounds && crash_point?.round !== undefined && (
        <section>
          <h3>Rounds of real power loss</h3>
          <RoundsStrip rounds={rounds} run={entry.run} open={crash_point.round} />
        </section>
      )}
      {!scene && !workload && (
        <p class="quiet">
          {crash_point?.round === undefined
            ? 'No timeline: none was kept, as by an older version.'
            : 'No timeline: the power was really lost, and the disk kept what it kept.'}
        </p>
      )}
      {protocol && (
        <ProtocolView protocol={protocol} atFault={finding.operations ?? []} openFirst={evidence === 'contract'} />
      )}
      {scene && (
        <section>
          <h3>{evidence === 'contract' ? `Files, as the ${finding.model} model allows a crash to leave them` : 'Files at this finding’s power cut'}</h3>
          {scene.files_note && <p class="quiet">{scene.files_note}</p>}
          {scene.files?.length === 0 && <p class="quiet">Every file is as promised; what is wrong is elsewhere.</p>}
          {scene.files?.map((file) => <FileDiff key={file.path} file={file} />)}
        </section>
      )}
      {scene?.console && (
        <details class="console">
          <summary>
            <h3>Kernel console of the guest</h3>
          </summary>
          <pre>{scene.console.join('\n')}</pre>
        </details>
      )}
      <section class="kind">
        <h3>{words.title}</h3>
        <p>{words.meaning}</p>
        <p>{words.remedy}</p>
      </section>
    </>
  );
}

/** Names of other findings of the same run as links to them. */
function linked(text: string, summary: Summary, { run }: SummaryFinding): ComponentChildren {
  const known = new Set(summary.findings.filter((one) => one.run === run).map(({ id }) => id));
  return text.split(/\b((?:R\d+)?[FC]\d+)\b/).map((part, i) =>
    known.has(part) ? (
      <a key={i} href={hrefOf(run, part)}>
        {part}
      </a>
    ) : (
      part
    ),
  );
}
