import type { Chunk } from '../document.js';

/** What a probe did to the storage, operation by operation, with the one that owed what was lost, and the power cut. */
export function WorkloadView({ workload: { lines, operation, after } }: { workload: NonNullable<Chunk['workload']> }) {
  const start = lines.indexOf('start');
  return (
    <section class="workload">
      <h3>Workload</h3>
      <pre>
        {lines.map((line, i) => {
          const position = i - start - 1;
          return (
            <>
              {after === 0 && position === 0 && <Cut />}
              <span
                key={i}
                class={`line ${i < start ? 'setup' : ''} ${operation !== null && position === operation ? 'at-fault' : ''}`}
              >
                {line === 'start' ? '— all of this is durable —' : line}
                {operation !== null && position === operation && <span class="quiet">   owed what is lost</span>}
                {'\n'}
              </span>
              {position >= 0 && position + 1 === after && <Cut />}
            </>
          );
        })}
      </pre>
    </section>
  );
}

function Cut() {
  return <span class="line cut">power cut{'\n'}</span>;
}
