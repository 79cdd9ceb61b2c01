import { useState } from 'preact/hooks';
import type { FileState, SceneFile } from '../../../harness/verdict/scene.js';
import { bytesOf, hexRows, markedLines } from './diff.js';

/** One file before the run, as promised, and after the crash, side by side. */
export function FileDiff({ file }: { file: SceneFile }) {
  const [mode, setMode] = useState<'text' | 'hex'>('text');
  const same = JSON.stringify(file.promised) === JSON.stringify(file.after);
  const states = [
    ['before the run', file.before, null],
    ['as promised', file.promised, file.after],
    ['after the crash', file.after, file.promised],
  ] as const;
  return (
    <div class="file">
      <h4>
        <code>{file.path}</code> <span class="quiet">{same ? 'as promised' : changeWords(file)}</span>
        <button type="button" class="link" onClick={() => setMode(mode === 'text' ? 'hex' : 'text')}>
          {mode === 'text' ? 'hex' : 'text'}
        </button>
      </h4>
      <div class="panes">
        {states.map(([label, state, other], i) => (
          <div key={label} class={`pane ${i === 1 ? 'promised' : i === 2 ? 'after' : ''}`}>
            <h5>
              {label} <span class="quiet">{sizeWords(state)}</span>
            </h5>
            {state === null ? (
              <p class="missing">no such file</p>
            ) : state.type === 'file' ? (
              <Content state={state} other={other} mode={mode} />
            ) : (
              <p>
                {state.type} {state.target}
              </p>
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

function Content({ state, other, mode }: { state: FileState; other: FileState | null; mode: 'text' | 'hex' }) {
  const bytes = bytesOf(state);
  const others = other?.type === 'file' ? bytesOf(other) : null;
  const more = state.size - state.from - bytes.length;
  return (
    <pre>
      {state.from > 0 && <span class="quiet">… from byte {state.from}{'\n'}</span>}
      {state.size === 0 && <span class="quiet">empty</span>}
      {mode === 'text'
        ? markedLines(bytes, others).map(({ text, differs }, i) => (
            <span key={i} class={differs ? 'differs' : ''}>
              {text}
              {'\n'}
            </span>
          ))
        : hexRows(bytes, others, state.from).map(({ offset, cells, text }, i) => (
            <span key={i}>
              <span class="number">{offset}</span>
              {cells.map(({ hex, differs }, n) => (
                <span key={n} class={differs ? 'differs' : ''}>
                  {hex}{' '}
                </span>
              ))}
              <span class="quiet">{text}</span>
              {'\n'}
            </span>
          ))}
      {more > 0 && <span class="quiet">… {more} bytes more</span>}
    </pre>
  );
}

function sizeWords(state: FileState | null): string {
  return state?.type === 'file' ? `${state.size} ${state.size === 1 ? 'byte' : 'bytes'}` : '';
}

function changeWords({ promised, after }: SceneFile): string {
  if (promised === null) return 'not there when promised';
  if (after === null) return 'missing after the crash';
  if (promised.size !== after.size) return `${promised.size} bytes promised, ${after.size} found`;
  return 'differs';
}
