/** Workloads, servers and checkers in containers: recorded, judged by both engines, and what is refused. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import type { RunResult } from '../../harness/verdict/results.js';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { logClient, logServer } from '../server/log-server.js';
import { containersLeft, engineFor, engineNeed, makeImage } from './with-engine.js';

const image = 'plugpull-test/small';

const scenario = (sync: string, more: object = {}) => ({
  name: 'log-server',
  workload: { user: 'nobody' },
  server: logServer(sync),
  clients: [logClient],
  ack: { stdout: '^kept .*$' },
  checker: {
    run: 'test "$(id -un)" = nobody || exit 3; [ "$PLUGPULL_ACKS" = 0 ] || { read -r line <log; [ "$line" = first ] || { echo "first is gone"; exit 1; }; }',
  },
  place: 'container',
  container: { image },
  explore: { audit: 0, granularity: 'write' },
  recordings: 1,
  ...more,
});

const said = ({ notes, findings }: RunResult): string =>
  JSON.stringify([notes, findings.map(({ lost }) => lost)]);

t.test('in containers', async (t) => {
  if (!requires(t, engineNeed)) return;
  const engine = await engineFor(t);
  await makeImage(engine, image, { programs: ['mkfifo', 'sync', 'id', 'sleep'] });
  const bench = new Bench();
  t.teardown(() => bench.close());
  bench.extraEnv = { DOCKER_HOST: engine.address };
  const file = join(bench.folder, 'scenario.yaml');
  const run = async (scenario: object, ...args: string[]): Promise<RunResult> => {
    writeFileSync(file, JSON.stringify(scenario));
    const { results } = await bench.run([file, '--lanes', '2', '--no-calibrate', ...args]);
    return results.runs[0]!;
  };

  const kept = await run(scenario('sync log'));
  t.match(kept, { contract: 'pass', observed: 'pass' }, said(kept));
  t.match(kept.container, { name: image, id: /^sha256:/ });
  t.equal(kept.coverage[0]?.exhaustive, true);
  t.strictSame(bench.leftovers(), []);
  t.equal(await containersLeft(engine, image), 0);

  const lost = await run(scenario(':'), '--budget', 'directories=12,recoveries=40');
  t.match(lost, { contract: 'violation', observed: 'violation' }, said(lost));
  t.match(said(lost), /first is gone/);

  const rounds = await run(scenario(':'), '--engine', 'live', '--rounds', '2');
  t.match(rounds, { observed: 'violation', container: { name: image } }, said(rounds));
  t.match(rounds.findings[0]?.crash_point, { round: 1, acks: 1 });

  // As images come: they bring their own command, user and volume, and make what they need at their first start.
  await makeImage(engine, 'plugpull-test/server', {
    programs: ['mkfifo', 'sync', 'id', 'pwd', 'mkdir'],
    config: {
      Entrypoint: [
        '/bin/sh',
        '-c',
        `[ -d made ] || { mkdir made && sync . && echo made; }; ${logServer('sync log').run}`,
      ],
      Volumes: { '/var/lib/log': {} },
      User: 'nobody',
    },
  });
  const asItComes = scenario('', {
    workload: {},
    server: { ready: logServer('').ready, initialise: true },
    checker: { run: 'test -d made && test "$(id -un)" = nobody && test "$(pwd)" = /var/lib/log' },
    container: { image: 'plugpull-test/server', memory: '256MiB', network: 'own' },
  });
  const started = await run(asItComes, '--engine', 'live', '--rounds', '1');
  t.match(started, { observed: 'pass' }, said(started));
  t.strictSame(bench.leftovers(), []);

  writeFileSync(file, JSON.stringify(scenario('sync log')));
  const killed = bench.start(['run', file, '--out', join(bench.folder, 'killed'), '--no-calibrate']);
  // While a container is there.
  while ((await containersLeft(engine, image)) === 0) await delay(20);
  killed.kill('SIGKILL');
  await killed.ended;
  t.equal((await bench.plugpull(['doctor', '--clean'])).exitCode, 0);
  t.strictSame(bench.leftovers(), []);
  t.equal(
    await containersLeft(engine, image),
    0,
    'a killed run leaves no container once it was cleaned up after',
  );

  await makeImage(engine, 'plugpull-test/other', { programs: [], architecture: 'arm64' });
  const refusals: [object, Record<string, string>, RegExp][] = [
    [{ image: 'plugpull-test/nothing' }, {}, /no image plugpull-test\/nothing and cannot pull it/],
    [{ image: 'plugpull-test/other' }, {}, /is for linux\/arm64/],
    [{ image }, { DOCKER_HOST: `unix://${bench.folder}/nobody.sock` }, /does not answer/],
    [{ image }, { DOCKER_HOST: 'tcp://192.0.2.1:2375' }, /another machine's engine/],
  ];
  for (const [container, env, reason] of refusals) {
    bench.extraEnv = { DOCKER_HOST: engine.address, ...env };
    writeFileSync(file, JSON.stringify(scenario(':', { container })));
    const { exitCode, stderr } = await bench.plugpull(['run', file, '--out', join(bench.folder, 'out')]);
    t.equal(exitCode, 69, stderr);
    t.match(stderr, reason);
  }
});
