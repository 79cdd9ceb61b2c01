import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { findCommand } from '../../../harness/doctor/find-command.js';
import { containerImage } from '../../../vm/image/container-image.js';
import { requires } from '../../require.js';

const need = { commands: ['sqfstar', 'unsquashfs', 'tar'] };
/** What the builder and the stand-in for docker run. */
const programs = ['sqfstar', 'setpriv', 'cat', 'tar', 'sh'];

/**
 * A PATH with nothing but `programs` and a docker of our own, that knows one image, `known`. Docker's daemon
 * needs root and a kernel with overlay, so a real one is where the user has it.
 */
function withDocker(folder: string, script: string | undefined): { calls: () => string[] } {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of programs) symlinkSync(findCommand(name)!, join(bin, name));
  if (script !== undefined) {
    writeFileSync(join(bin, 'docker'), `#!/bin/sh\necho "$*" >>${folder}/calls\n${script}`);
    chmodSync(join(bin, 'docker'), 0o755);
  }
  process.env.PATH = bin;
  process.env.XDG_CACHE_HOME = join(folder, 'cache');
  const calls = () =>
    existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n') : [];
  return { calls };
}

const path = process.env.PATH;
t.afterEach(() => {
  process.env.PATH = path;
});

function inspected(architecture: string): string {
  return JSON.stringify([
    {
      Id: 'sha256:abc',
      Architecture: architecture,
      Config: { Env: ['PATH=/opt/bin:/bin', 'A=1'] },
    },
  ]);
}

function answering(folder: string, architecture = 'amd64'): string {
  return `case "$1 $2" in
    'image ls') ;;
    'image inspect') if [ "$4" = known ] || [ -e ${folder}/pulled ]; then echo '${inspected(architecture)}'; else echo "No such image: $4" >&2; exit 1; fi ;;
    'pull --quiet') if [ "$4" = far ]; then : >${folder}/pulled; else echo 'pull access denied' >&2; exit 1; fi ;;
    'create --') echo c0ffee ;;
    'export --') cat ${folder}/image.tar ;;
    'rm --force') ;;
    *) echo "unexpected: $*" >&2; exit 9 ;;
  esac
  `;
}

t.test(
  'an image becomes a squashfs with its owners and environment; the second time none is exported',
  async (t) => {
    if (!requires(t, need)) return;
    const folder = t.testdir({ tree: { bin: { tool: 'x' }, srv: {} } });
    await execa('tar', [
      '--create',
      '--file',
      join(folder, 'image.tar'),
      '--owner=7',
      '--group=8',
      '-C',
      join(folder, 'tree'),
      '.',
    ]);
    const { calls } = withDocker(folder, answering(folder));
    const steps: string[] = [];
    const made = await containerImage('known', { onStep: (step) => steps.push(step) });
    t.same(made.environment, ['PATH=/opt/bin:/bin', 'A=1']);
    t.same([made.name, made.id], ['known', 'sha256:abc']);
    t.same(steps, ['exporting known']);
    t.same(calls().slice(-3), ['create -- sha256:abc unused', 'export -- c0ffee', 'rm --force -- c0ffee']);
    t.same(await containerImage('known', {}), made);
    t.equal(calls().filter((call) => call.startsWith('export')).length, 1);
    process.env.PATH = path;
    const { stdout } = await execa('unsquashfs', ['-llnumeric', made.image]);
    t.match(stdout, /7\/8 +1 .*squashfs-root\/bin\/tool$/m);
  },
);

t.test('an image that is not there is pulled; one that cannot be is named', async (t) => {
  if (!requires(t, need)) return;
  const folder = t.testdir({ tree: { file: 'x' } });
  await execa('tar', ['--create', '--file', join(folder, 'image.tar'), '-C', join(folder, 'tree'), '.']);
  withDocker(folder, answering(folder));
  await t.rejects(containerImage('nowhere', {}), {
    name: 'UnavailableError',
    message: /--root nowhere: expected debian or the name of a container image;.*pull access denied/,
  });
  const steps: string[] = [];
  await containerImage('far', { onStep: (step) => steps.push(step) });
  t.same(steps, ['pulling far', 'exporting far']);
});

t.test('a container is removed again when its export fails, and no image is kept', async (t) => {
  if (!requires(t, need)) return;
  const folder = t.testdir({});
  const { calls } = withDocker(folder, answering(folder));
  await t.rejects(containerImage('known', {}), { name: 'ToolError' });
  t.equal(calls().at(-1), 'rm --force -- c0ffee');
  t.same(readFileSync(join(folder, 'cache/plugpull/vm/lock'), 'utf8'), '');
  t.notOk(existsSync(join(folder, 'cache/plugpull/vm/container')));
});

t.test('what keeps it from being exported is said', async (t) => {
  if (!requires(t, need)) return;
  withDocker(t.testdir({}), undefined);
  await t.rejects(containerImage('known', {}), {
    name: 'UnavailableError',
    message: /neither docker nor podman is here .*apt-get install podman/,
  });
  process.env.PATH = path;
  withDocker(t.testdir({}), 'echo "Cannot connect to the Docker daemon at unix:///x" >&2; exit 1');
  await t.rejects(containerImage('known', {}), {
    name: 'UnavailableError',
    message: /no container engine answers.*\ndocker: Cannot connect to the Docker daemon/,
  });
  process.env.PATH = path;
  const folder = t.testdir({});
  withDocker(folder, answering(folder, 'arm64'));
  await t.rejects(containerImage('known', {}), {
    name: 'UsageError',
    message: /expected an image for amd64, got one for arm64/,
  });
});
