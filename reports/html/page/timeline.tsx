import { useEffect, useRef, useState } from 'preact/hooks';
import type { Scene, SceneEvent } from '../../../harness/verdict/scene.js';
import { changes, epochsOf, type Fate, fatesAt, placeOf } from './fates.js';

const step = 18;
const rowHeight = 26;
const top = 20;
const bottomMargin = 16;
const mostFileRows = 6;

const reasons: Record<string, string> = {
  flush: 'just before a flush completes',
  sync_call: 'just before a sync call returns',
  fua: 'just before a FUA write completes',
  begin: 'just before something begins',
  before_ack: 'just before an ack',
  ack: 'right after an ack',
  calls: 'behind the call that relies on what is lost',
  start: 'before the first write',
  end: 'at the end of the recording',
};

/** Everything around the crash on one axis, and what becomes of each write at each crash point. */
export function Timeline({ scene }: { scene: Scene }) {
  const [point, setPoint] = useState(scene.cut);
  const [focused, setFocused] = useState<number | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const { at, reason, acks } = scene.points[point]!;
  const fates = fatesAt(scene, point);
  const go = (by: number): void =>
    setPoint((now) => Math.max(0, Math.min(scene.points.length - 1, now + by)));
  useEffect(() => {
    const box = scroller.current;
    if (box) box.scrollLeft = at * step - box.clientWidth / 2;
  }, [at]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.target instanceof HTMLInputElement || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === 'ArrowRight') go(1);
      else if (event.key === 'ArrowLeft') go(-1);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
  const count = (fate: Fate): number => fates.filter((one) => one === fate).length;
  const counts = (['durable', 'survives', 'pending', 'torn', 'lost'] as const)
    .map((fate) => [fate, count(fate)] as const)
    .filter(([, n]) => n > 0);
  return (
    <section class="timeline">
      <h3>Timeline</h3>
      <div class="stepper">
        <button type="button" onClick={() => go(-1)} disabled={point === 0} aria-label="previous crash point">
          ←
        </button>
        <output>
          crash point {point + 1} of {scene.points.length}: {reasons[reason] ?? reason}, after {acks}{' '}
          {acks === 1 ? 'ack' : 'acks'}
          {point === scene.cut ? <strong> — this finding</strong> : ''}
        </output>
        <button
          type="button"
          onClick={() => go(1)}
          disabled={point === scene.points.length - 1}
          aria-label="next crash point"
        >
          →
        </button>
        {point !== scene.cut && (
          <button type="button" class="link" onClick={() => setPoint(scene.cut)}>
            back to the finding
          </button>
        )}
      </div>
      <p class="legend">
        {counts.length === 0 && <span class="quiet">nothing has been written yet</span>}
        {counts.map(([fate, n]) => (
          <span key={fate}>
            <i class={`key ${fate}`} /> {n} {fateWords(fate, n)}
          </span>
        ))}
        <Shapes scene={scene} />
      </p>
      <div class="chart">
        <ul class="rows" aria-hidden="true">
          {rowsOf(scene).names.map((name, row) => (
            <li key={row} title={name}>
              {name}
            </li>
          ))}
        </ul>
        <div class="scroll" ref={scroller}>
          <Chart scene={scene} at={at} fates={fates} focused={focused} setFocused={setFocused} />
        </div>
      </div>
      <p class="event" role="status">
        {focused === null ? (
          <span class="quiet">Point at an event to read it.</span>
        ) : (
          <EventText event={scene.events[focused]!} fate={fates[focused] ?? null} />
        )}
      </p>
      <details>
        <summary>As a list</summary>
        <ol class="events">
          {scene.left_out.before > 0 && <li class="quiet">… {scene.left_out.before} events before</li>}
          {scene.events.map((event, i) => (
            <>
              {i === at && <li class="cut">power cut</li>}
              <li key={i} class={fates[i] ?? event.kind}>
                <EventText event={event} fate={fates[i] ?? null} />
              </li>
            </>
          ))}
          {at === scene.events.length && <li class="cut">power cut</li>}
          {scene.left_out.after > 0 && <li class="quiet">… {scene.left_out.after} events after</li>}
        </ol>
      </details>
    </section>
  );
}

function fateWords(fate: Fate, n: number): string {
  if (fate === 'pending') return 'pending: may be lost or not';
  return fate === 'survives' && n !== 1 ? 'survive' : fate;
}

/** What the shapes mean, of those that are there. */
function Shapes({ scene: { events } }: { scene: Scene }) {
  const has = {
    sync: events.some((event) => event.kind === 'call' && event.sync),
    call: events.some((event) => event.kind === 'call' && !event.sync && !changes(event)),
    ack: events.some(({ kind }) => kind === 'ack'),
    flush: events.some(({ kind }) => kind === 'flush'),
  };
  return (
    <>
      {has.call && (
        <span class="shape-key">
          <svg width="12" height="12" aria-hidden="true" class="mark call">
            <circle class="shape" cx="6" cy="6" r="4" />
          </svg>{' '}
          call
        </span>
      )}
      {has.sync && (
        <span class="shape-key">
          <svg width="12" height="12" aria-hidden="true" class="mark call">
            <path class="shape" d="M6 1l5 5l-5 5l-5 -5z" />
          </svg>{' '}
          sync call
        </span>
      )}
      {has.ack && (
        <span class="shape-key">
          <svg width="13" height="12" aria-hidden="true" class="mark ack">
            <path class="shape" d="M1 1h11l-3 5l3 5h-11z" />
          </svg>{' '}
          ack: “this is safe now”
        </span>
      )}
      {has.flush && (
        <span class="shape-key">
          <svg width="6" height="12" aria-hidden="true">
            <line class="flush-line" x1="3" x2="3" y1="0" y2="12" />
          </svg>{' '}
          flush
        </span>
      )}
    </>
  );
}

function EventText({ event, fate }: { event: SceneEvent; fate: Fate | null }) {
  switch (event.kind) {
    case 'flush':
      return <>flush (log entry {event.index}): what was written before it is durable</>;
    case 'ack':
      return <>ack “{event.text}”</>;
    case 'call':
      return (
        <>
          <code>{event.text}</code>
          {event.sync ? ' asks for durability' : ''}
          {fate && <FateWord fate={fate} />}
        </>
      );
    default:
      return (
        <>
          {event.kind} of {event.bytes} bytes at sector {event.sector} (log entry {event.index}
          {event.fua ? ', FUA' : ''}): <code>{event.owner}</code>
          {event.part === 'data' ? '' : ` (${event.part})`}
          {fate && <FateWord fate={fate} />}
        </>
      );
  }
}

function FateWord({ fate }: { fate: Fate }) {
  return <strong class={`fate ${fate}`}> {fate === 'later' ? 'not yet made' : fate}</strong>;
}

/** A row for calls, one for acks, one for each file's data, one each for journal and metadata. */
function rowsOf({ events }: Scene): { names: string[]; rowOf: (event: SceneEvent) => number } {
  const writes = new Map<string, number>();
  for (const event of events) {
    if (changes(event) && isOfFile(event)) writes.set(placeOf(event), (writes.get(placeOf(event)) ?? 0) + 1);
  }
  const ranked = [...writes].sort(([, a], [, b]) => b - a).map(([owner]) => owner);
  const files = ranked.slice(0, ranked.length > mostFileRows ? mostFileRows - 1 : mostFileRows);
  const others = ranked.length > files.length ? [`${ranked.length - files.length} others`] : [];
  const has = (part: string): boolean =>
    events.some((event) => (event.kind === 'write' || event.kind === 'discard') && event.part === part);
  const names = [
    ...(events.some((event) => event.kind === 'call' && !changes(event)) ? ['system calls'] : []),
    'acks',
    ...files,
    ...others,
    ...(has('journal') ? ['journal'] : []),
    ...(has('metadata') ? ['metadata'] : []),
  ];
  const fixed = (name: string): number => names.indexOf(name);
  const firstFile = fixed('acks') + 1;
  return {
    names,
    rowOf(event) {
      if (event.kind === 'call' && !changes(event)) return 0;
      if (event.kind === 'ack') return firstFile - 1;
      if (event.kind === 'flush') return -1;
      // Names of files stand behind the fixed rows, so a file called "journal" is no trap.
      if (event.kind !== 'call' && event.part !== 'data') return names.lastIndexOf(event.part);
      const file = files.indexOf(placeOf(event));
      return file >= 0 ? firstFile + file : firstFile + files.length;
    },
  };
}

/** Not the journal's, nor the file system's own. */
function isOfFile(event: Extract<SceneEvent, { kind: 'write' | 'discard' | 'call' }>): boolean {
  return event.kind === 'call' || event.part === 'data';
}

function Chart({
  scene,
  at,
  fates,
  focused,
  setFocused,
}: {
  scene: Scene;
  at: number;
  fates: readonly (Fate | null)[];
  focused: number | null;
  setFocused: (event: number | null) => void;
}) {
  const { names, rowOf } = rowsOf(scene);
  const epochs = epochsOf(scene);
  const width = Math.max(scene.events.length, at + 3) * step + 24;
  const height = top + names.length * rowHeight + bottomMargin;
  const x = (i: number): number => i * step + 8;
  const bottom = top + names.length * rowHeight;
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label="timeline">
      {scene.points.map(({ at: position }, i) => (
        <line key={i} class="point" x1={x(position) - 3} x2={x(position) - 3} y1={top - 5} y2={top} />
      ))}
      {bandsOf(epochs).map(({ from, to, epoch }) => (
        <g key={epoch}>
          <rect
            class={`epoch ${epoch % 2 === 0 ? 'even' : 'odd'}`}
            x={x(from) - 3}
            y={top}
            width={(to - from + 1) * step}
            height={names.length * rowHeight}
          />
          {epochs.at(-1)! > 0 && to - from >= 3 && (
            <text class="small" x={x(from)} y={bottom + 12}>
              epoch {epoch + 1}
            </text>
          )}
        </g>
      ))}
      {names.map((_, row) => (
        <g key={row}>
          <line class="grid" x1={0} x2={width} y1={top + (row + 1) * rowHeight} y2={top + (row + 1) * rowHeight} />
        </g>
      ))}
      {scene.events.map((event, i) => (
        <g
          key={i}
          class={`mark ${event.kind} ${fates[i] ?? ''} ${i >= at ? 'future' : ''} ${focused === i ? 'focused' : ''}`}
          onMouseEnter={() => setFocused(i)}
          onClick={() => setFocused(i)}
        >
          <rect class="hit" x={x(i) - 3} y={top} width={step} height={bottom - top} />
          <Mark event={event} fate={fates[i] ?? null} x={x(i)} y={top + rowOf(event) * rowHeight + 5} bottom={bottom} />
        </g>
      ))}
      <g class="cut">
        <line x1={x(at) - 3} x2={x(at) - 3} y1={4} y2={bottom} />
        <text class="small" x={Math.min(x(at) + 1, width - 54)} y={12}>
          power cut
        </text>
      </g>
    </svg>
  );
}

function bandsOf(epochs: readonly number[]): { from: number; to: number; epoch: number }[] {
  const bands: { from: number; to: number; epoch: number }[] = [];
  for (const [i, epoch] of epochs.entries()) {
    const last = bands.at(-1);
    if (last?.epoch === epoch) last.to = i;
    else bands.push({ from: i, to: i, epoch });
  }
  return bands;
}

function Mark({
  event,
  fate,
  x,
  y,
  bottom,
}: {
  event: SceneEvent;
  fate: Fate | null;
  x: number;
  y: number;
  bottom: number;
}) {
  const size = step - 6;
  if (event.kind === 'flush') return <line class="flush-line" x1={x + size / 2} x2={x + size / 2} y1={top} y2={bottom} />;
  if (event.kind === 'ack') return <path class="shape" d={`M${x} ${y}h${size}l-3 5l3 5h${-size}z`} />;
  if (event.kind === 'call' && (event.sync || !changes(event))) {
    return event.sync ? (
      <path class="shape sync" d={`M${x + size / 2} ${y - 1}l7 8l-7 8l-7 -8z`} />
    ) : (
      <circle class="shape" cx={x + size / 2} cy={y + 7} r={4} />
    );
  }
  return (
    <>
      <rect class="shape" x={x} y={y} width={size} height={15} rx={2} />
      {event.kind !== 'call' && event.fua && (
        <text class="letter" x={x + 3} y={y + 11}>
          F
        </text>
      )}
      {(fate === 'lost' || fate === 'torn') && (
        <path class="cross" d={`M${x + 2} ${y + 3}l${size - 4} 9m0 -9l${4 - size} 9`} />
      )}
    </>
  );
}
