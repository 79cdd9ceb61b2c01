/** remove ADDRESS RUN: removes what a run made in an engine. Says what it removed, a name a line. */
import { Engine, EngineError } from './engine.js';
import { engineLabel } from './inside-paths.js';

const [address = '', run = ''] = process.argv.slice(2);
const engine = Engine.at(address.replace(/^unix:\/\//, ''));
const filters = encodeURIComponent(JSON.stringify({ label: [`${engineLabel}=${run}`] }));
try {
  await engine.text('GET', '/_ping');
} catch {
  // An engine that is gone has taken its containers along: they remove themselves when they end.
  process.exit(0);
}
for (const { Id } of await engine.json<{ Id: string }[]>(
  'GET',
  `/containers/json?all=1&filters=${filters}`,
)) {
  await gone(engine.text('DELETE', `/containers/${Id}?force=1&v=1`));
  process.stdout.write(`container ${Id.slice(0, 12)}\n`);
}
for (const { Name } of await engine.json<{ Name: string }[]>('GET', `/networks?filters=${filters}`)) {
  await gone(engine.text('DELETE', `/networks/${Name}`));
  process.stdout.write(`network ${Name}\n`);
}

/** It may end by itself meanwhile (404), or be under way (409). */
async function gone(removing: Promise<unknown>): Promise<void> {
  try {
    await removing;
  } catch (error) {
    if (!(error instanceof EngineError && (error.status === 404 || error.status === 409))) throw error;
  }
}
