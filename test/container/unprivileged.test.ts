/** `docker run` without any --cap-add or --device: plugpull itself in a container that may neither mount nor reach a device. */
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { exitCode } from '../../harness/verdict/exit-code.js';
import type { Results } from '../../harness/verdict/results.js';
import { cacheFolder } from '../../vm/image/cache.js';
import { umlKernel } from '../../vm/image/uml-kernel.js';
import { checkout } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { umlNeed } from '../vm/live/live-runs.js';
import { engineFor, engineNeed, makeImage } from './with-engine.js';

const image = 'plugpull-test/plain';
const scenarios = ['seeds/directory-sync', 'broken/no-fsync'].map((name) =>
  join(checkout, `scenarios/${name}.yaml`),
);

t.test('in a container as Docker makes it', async (t) => {
  if (!requires(t, { ...engineNeed, commands: [...engineNeed.commands, ...umlNeed.commands, 'docker'] }))
    return;
  await umlKernel('uml', {});
  const engine = await engineFor(t);
  await makeImage(engine, image, { programs: [] });
  // This machine's programs and plugpull, to be read; the container's own are its folders for results and state.
  const shown = ['/usr', '/etc', process.execPath, checkout, dirname(dirname(cacheFolder()))];
  const inContainer = (words: readonly string[]) =>
    execa(
      'docker',
      [
        ...['run', '--rm', '--network', 'none', '--env', 'HOME=/root', '--workdir', '/root'],
        ...['--env', `XDG_CACHE_HOME=${dirname(dirname(cacheFolder()))}`],
        ...shown.flatMap((path) => ['--volume', `${path}:${path}:ro`]),
        ...[image, ...words],
      ],
      { env: { DOCKER_HOST: engine.address }, reject: false, stdin: 'ignore' },
    );
  const plugpull = (...args: string[]) =>
    inContainer([process.execPath, join(checkout, 'dist/harness/cli/main.js'), ...args]);

  const mounts = await inContainer(['mount', '-t', 'tmpfs', 'none', '/root']);
  t.match(mounts.stderr, /permission denied/i, 'it has no right to mount');

  const { stdout, stderr } = await plugpull('run', '--json', '--lanes', '1', '--no-calibrate', ...scenarios);
  if (!stdout.startsWith('{')) throw new Error(stderr);
  const { runs } = JSON.parse(stdout) as Results;
  t.strictSame(
    runs.map(({ scenario, storage, contract, observed }) => [scenario, storage, contract, observed]),
    [
      ['directory-sync', 'ext4, vm uml', 'pass', 'pass'],
      ['no-fsync', 'ext4, vm uml', 'violation', 'violation'],
    ],
  );
  t.ok(runs.every(({ coverage }) => coverage.every(({ exhaustive }) => exhaustive)));

  const alone = await plugpull('run', '--engine', 'contract', '--no-calibrate', scenarios[1]!);
  t.match(alone, { exitCode: exitCode.pass, stdout: /no-fsync .*violation/ }, alone.stderr);
});
