import { render } from 'preact';
import type { Summary } from '../document.js';
import { App } from './app.js';
import { inflated } from './inflate.js';

// The plain report stays where the page cannot be made: an old browser, a damaged file.
async function start(): Promise<void> {
  const summary = await inflated<Summary>('summary');
  const app = document.getElementById('app');
  const plain = document.getElementById('plain');
  if (!summary || !app || !plain) return;
  render(<App summary={summary} />, app);
  plain.hidden = true;
  // On paper nothing can be unfolded.
  addEventListener('beforeprint', () => {
    for (const folded of app.querySelectorAll<HTMLDetailsElement>('details')) folded.open = true;
  });
}

void start();
