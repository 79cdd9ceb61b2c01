import type { Patch } from '../../../harness/verdict/finding.js';
import type { SourceExcerpt } from '../../../harness/verdict/results.js';
import { CopyButton } from './copy-button.js';

/** The program's lines around what is at fault, with the line to add where it goes. */
export function SourceView({
  source,
  patch,
  causes,
}: {
  source: SourceExcerpt | null;
  patch: Patch | null;
  causes: readonly string[];
}) {
  const wanted = new Set(causes);
  const named = source ? source.lines.filter(({ number }) => wanted.has(`${source.name}:${number}`)) : [];
  const centre = Number(/:(\d+)$/.exec(patch?.after ?? causes[0] ?? '')?.[1] ?? Number.NaN);
  const lines = source?.lines.filter(({ number }) => Math.abs(number - centre) <= 3) ?? [];
  return (
    <section class="source">
      <h3>
        Source{source && <span class="quiet"> {source.path}</span>}{' '}
        {patch && <CopyButton text={patch.line} name="copy the line to add" />}
      </h3>
      <pre>
        {lines.map(({ number, text }) => (
          <>
            <span class={`line ${named.some((one) => one.number === number) ? 'at-fault' : ''}`}>
              <span class="number">{number}</span>
              {text}
              {'\n'}
            </span>
            {patch && patch.after === `${source!.name}:${number}` && (
              <span class="line added">
                <span class="number">+</span>
                {/^\s*/.exec(text)![0]}
                {patch.line}
                {'\n'}
              </span>
            )}
          </>
        ))}
        {lines.length === 0 && patch && (
          <span class="line added">
            <span class="number">+</span>
            {patch.line} <span class="quiet">behind {patch.after}</span>
          </span>
        )}
      </pre>
    </section>
  );
}
