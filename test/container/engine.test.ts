/** What engines that are not Docker's own, or are not root's, answer; by a socket that answers as they do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Engine, EngineError } from '../../harness/container/engine.js';
import { UnavailableError } from '../../harness/verdict/errors.js';

/** @param answers status and body, by method and path */
async function engineThat(t: Test, answers: Record<string, [status: number, body: object]>): Promise<Engine> {
  const server = createServer(({ method, url }, response) => {
    const [status, body] = answers[`${method} ${url?.replace(/\?.*/, '')}`] ?? [
      404,
      { message: 'page not found' },
    ];
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-engine-'));
  const socket = join(folder, 'engine.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.teardown(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  return Engine.at(socket);
}

t.test('a rootless engine is refused, with what to do', async (t) => {
  for (const options of [['name=seccomp,profile=default', 'name=rootless'], ['name=rootless']]) {
    const engine = await engineThat(t, { 'GET /info': [200, { SecurityOptions: options }] });
    await t.rejects(engine.requireRoot(), { message: /is rootless: .*use one that runs as root/ });
    await t.rejects(engine.requireRoot(), UnavailableError);
  }
  for (const SecurityOptions of [['name=seccomp,profile=default'], [], null]) {
    const engine = await engineThat(t, { 'GET /info': [200, { SecurityOptions }] });
    await engine.requireRoot();
  }
});

t.test('an engine that does not attach says why', async (t) => {
  const message = 'preparing container for attach: crun: setrlimit: Operation not permitted';
  const engine = await engineThat(t, { 'POST /containers/one/attach': [409, { message }] });
  await t.rejects(
    engine.attach('one', () => {}),
    { constructor: EngineError, message: new RegExp(`it does not attach: ${message}`) },
  );
});
