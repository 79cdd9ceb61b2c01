/** What goes wrong in containers without a power cut: said, unknown or refused, never a finding, and nothing is left. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { RunResult } from '../../harness/verdict/results.js';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { containersLeft, engineFor, engineNeed, makeImage } from './with-engine.js';

const image = 'plugpull-test/trouble';
const base = {
  name: 'trouble',
  server: { run: 'echo up; exec sleep 600', ready: { log: '^up$' } as object, timeout: '200s' },
  clients: [{ run: 'echo done' }],
  workload: {},
  ack: { stdout: '^done$' },
  checker: { run: 'true' },
  place: 'container',
  container: { image } as object,
  engine: ['live'],
  live: { rounds: 1 },
  storage: [{ method: 'power', size: '16MiB' }],
};

const said = ({ notes, findings }: RunResult): string => JSON.stringify([notes, findings]);

t.test('trouble in containers', async (t) => {
  if (!requires(t, engineNeed)) return;
  const engine = await engineFor(t);
  await makeImage(engine, image, { programs: ['sleep', 'head', 'mkdir'] });
  const bench = new Bench();
  t.teardown(() => bench.close());
  bench.extraEnv = { DOCKER_HOST: engine.address };
  const file = join(bench.folder, 'scenario.yaml');
  const run = async (more: object): Promise<RunResult> => {
    writeFileSync(file, JSON.stringify({ ...base, ...more }));
    return (await bench.run([file, '--no-calibrate'])).results.runs[0]!;
  };

  const never = { ...base.server, ready: { log: '^never$' }, timeout: '2s' };
  const doubts: [string, object, RegExp][] = [
    ['a server that is never ready', { server: never }, /the server was not ready within 2 s/],
    [
      'a client that hangs',
      { clients: [{ run: 'sleep 600' }], workload: { timeout: '8s' } },
      /the workload did not end within 8 s/,
    ],
    [
      'a disk that is full',
      { clients: [{ run: 'head -c 64000000 /dev/zero >big && echo done' }] },
      /No space left on device/,
    ],
  ];
  for (const [what, more, reason] of doubts) {
    const result = await run(more);
    t.match(result, { observed: 'unknown', findings: [] }, `${what}: ${said(result)}`);
    t.match(said(result), reason);
  }

  const build = join(bench.folder, 'built');
  mkdirSync(build);
  writeFileSync(join(build, 'made'), 'made\n');
  writeFileSync(join(build, 'Dockerfile'), `FROM ${image}\nCOPY made /made\nRUN mkdir /ran\n`);
  const built = await run({
    container: { build: 'built' },
    checker: { run: 'test -s /made && test -d /ran' },
  });
  t.match(built, { observed: 'pass' }, `an image that is built: ${said(built)}`);

  writeFileSync(join(build, 'Dockerfile'), `FROM ${image}\nRUN echo half way && sleep nonsense\n`);
  writeFileSync(file, JSON.stringify({ ...base, container: { build: 'built' } }));
  const { exitCode, stderr } = await bench.plugpull(['run', file, '--out', join(bench.folder, 'out')]);
  t.equal(exitCode, 69, stderr);
  t.match(stderr, /container\.build: the image of .*built cannot be built: .*sleep nonsense/);

  t.strictSame(bench.leftovers(), []);
  t.equal(await containersLeft(engine, image), 0);
});
