import { useEffect, useState } from 'preact/hooks';
import { badgeOf } from '../../words/verdict.js';
import type { Summary } from '../document.js';
import { FindingList } from './finding-list.js';
import { FindingView } from './finding-view.js';
import { hrefOf, routeOf, useRoute } from './route.js';
import { MovedSection } from './moved-section.js';
import { ScenarioTable } from './scenario-table.js';
import { ThemeButton } from './theme.js';
import { type Filter, matches, noFilter } from './filter.js';

export function App({ summary }: { summary: Summary }) {
  const route = useRoute();
  const [filter, setFilter] = useState<Filter>(noFilter);
  const shown = summary.findings.filter((finding) => matches(filter, finding, summary.runs[finding.run]!));
  const open =
    route.view === 'finding'
      ? summary.findings.find(({ run, id }) => run === route.run && id === route.id)
      : undefined;
  useEffect(() => {
    // By the address, which is ahead of what is drawn when a key is held down.
    const go = (step: number): void => {
      const now = routeOf(location.hash);
      const position = shown.findIndex(
        ({ run, id }) => now.view === 'finding' && run === now.run && id === now.id,
      );
      const next = shown[position < 0 ? 0 : position + step];
      if (next) location.hash = hrefOf(next.run, next.id);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'j') go(1);
      else if (event.key === 'k') go(-1);
      else if (event.key === 'Escape') location.hash = '#/findings';
      else if (event.key === '/') {
        document.getElementById('search')?.focus();
        event.preventDefault();
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
  const badge = badgeOf(summary);
  return (
    <>
      <header class="top">
        <span class={`verdict big ${badge.colour}`}>{badge.word}</span>
        <h1>plugpull</h1>
        <p>{summary.sentence}</p>
        <ThemeButton />
      </header>
      <nav class="tabs" aria-label="views">
        <a href="#/findings" aria-current={route.view !== 'scenarios' ? 'page' : undefined}>
          Findings <span class="count">{summary.findings.length + summary.left_out}</span>
        </a>
        <a href="#/scenarios" aria-current={route.view === 'scenarios' ? 'page' : undefined}>
          {summary.probe ? 'What it rests on' : 'Scenarios'} <span class="count">{summary.runs.length}</span>
        </a>
      </nav>
      <main class={open ? 'with-finding' : ''}>
        {summary.probe && !open && route.view !== 'scenarios' && <MovedSection id="matrix" />}
        {route.view === 'scenarios' ? (
          <ScenarioTable summary={summary} />
        ) : (
          <div class="split">
            <FindingList summary={summary} shown={shown} filter={filter} setFilter={setFilter} open={open} />
            {open && <FindingView key={`${open.run}/${open.id}`} summary={summary} entry={open} />}
          </div>
        )}
        {!open && route.view === 'findings' && !summary.probe && <ScenarioTable summary={summary} />}
      </main>
      <footer>
        <p>
          plugpull {summary.version}
          {Object.entries(summary.environment).map(([key, value]) => ` · ${key} ${value}`)}
        </p>
        <p class="keys">
          Keys: <kbd>j</kbd> <kbd>k</kbd> next and previous finding, <kbd>←</kbd> <kbd>→</kbd> crash point,{' '}
          <kbd>/</kbd> filter, <kbd>Esc</kbd> back
        </p>
      </footer>
    </>
  );
}
