/** scripts/release in a clone of its own: what it refuses, what a dry run leaves alone, and what a release does. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { checkout } from '../e2e/plugpull.js';
import { requires } from '../require.js';

const home = mkdtempSync(join(tmpdir(), 'plugpull-release-'));
t.teardown(() => rmSync(home, { recursive: true, force: true }));
const clone = join(home, 'clone');
const calls = join(home, 'npm-calls');
const today = new Date().toISOString().slice(0, 10);

const git = async (...words: string[]): Promise<string> =>
  (await execa('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...words], { cwd: clone })).stdout;

const program = (path: string, text: string): void => {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
};

/** A clone whose build, lint and installed package are taken for granted: other tests are about those. */
async function prepare(): Promise<void> {
  await execa('git', ['clone', '-q', '--shared', checkout, clone]);
  mkdirSync(join(home, 'bin'));
  program(
    join(home, 'bin/npm'),
    `#!/bin/sh
echo "$*" >> ${calls}
[ "$1" != pack ] || echo '[{"filename": "plugpull-0.1.0.tgz", "files": [1, 2], "size": 2000}]'
`,
  );
  // As it is here, committed or not.
  for (const path of ['scripts/release', 'package.json', 'package-lock.json', 'CHANGELOG.md'])
    copyFileSync(join(checkout, path), join(clone, path));
  program(join(clone, 'scripts/bootstrap'), '#!/bin/sh\n');
  mkdirSync(join(clone, 'dist/test/package'), { recursive: true });
  writeFileSync(join(clone, 'dist/test/package/installed.test.js'), '');
  await git('commit', '-qam', 'built');
}

async function release(
  ...words: string[]
): Promise<{ exitCode: number | undefined; all: string; npm: string }> {
  rmSync(calls, { force: true });
  const { exitCode, all } = await execa(join(clone, 'scripts/release'), words, {
    cwd: clone,
    env: { PATH: `${home}/bin:${process.env.PATH}` },
    all: true,
    reject: false,
  });
  return { exitCode, all, npm: existsSync(calls) ? readFileSync(calls, 'utf8') : '' };
}

t.test('a release', async (t) => {
  if (!requires(t, { commands: ['git'] })) return;
  await prepare();
  const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { version: string };

  await t.test('what is not a version is refused', async (t) => {
    t.match(await release('--dry-run', 'next'), { exitCode: 64, all: /usage:/, npm: '' });
  });

  await t.test('all that is in its way is named, and nothing is done', async (t) => {
    writeFileSync(join(clone, 'LICENSE'), 'changed');
    await git('tag', 'v9.9.9');
    const { exitCode, all, npm } = await release('9.9.9');
    t.equal(exitCode, 1);
    for (const said of [
      /changes that are not committed/,
      new RegExp(`package.json has version ${version}, not 9.9.9`),
      new RegExp(`CHANGELOG.md has no date for 9.9.9: expected the heading '## 9.9.9 \\(${today}\\)'`),
      /the tag v9.9.9 is there already/,
      /package.json names the repository https:.*, the remote origin is \//,
      /in the way, nothing done/,
    ])
      t.match(all, said);
    t.notMatch(npm, /publish/);
    await git('checkout', '-q', 'LICENSE');
  });

  await t.test('a date that is not today’s', async (t) => {
    const changes = join(clone, 'CHANGELOG.md');
    const dated = (date: string): void =>
      writeFileSync(changes, `# Changes\n\n## ${version} (${date})\n\n- first\n`);
    dated('2001-02-03');
    await git('commit', '-qam', 'dated');
    t.match((await release('--dry-run', version)).all, /CHANGELOG.md has 2001-02-03 for/);
    dated(today);
    await git('commit', '-qam', 'dated');
  });

  await t.test('a dry run says what it would do', async (t) => {
    await git('remote', 'set-url', 'origin', 'https://github.com/plugpull/plugpull.git');
    const { exitCode, all, npm } = await release('--dry-run', version);
    t.equal(exitCode, 0, all);
    t.match(all, /would publish plugpull-0.1.0.tgz: 2 files, 2 kB/);
    t.match(all, new RegExp(`would run npm test, npm publish, and git tag v${version} and v\\d+$`, 'm'));
    t.notMatch(npm, /publish|^test/m);
    t.equal(await git('tag', '--list', `v${version}`), '');
  });

  await t.test('a release tests, publishes and tags, in that order', async (t) => {
    const { exitCode, all, npm } = await release(version);
    t.equal(exitCode, 0, all);
    t.match(npm, /lint\ntest\npublish\n$/);
    t.equal(await git('tag', '--list', `v${version}`), `v${version}`);
    const commit = await git('rev-parse', 'HEAD');
    const [line] = version.split('.');
    const action = /plugpull\/plugpull@(\S+)/.exec(
      readFileSync(join(checkout, 'ci/github.yml'), 'utf8'),
    )![1]!;
    t.equal(action, `v${line}`, 'what the snippet names');
    t.equal(await git('rev-parse', action), commit);
    t.match(all, new RegExp(`git push origin v${version} && git push --force origin v${line}$`, 'm'));
    t.match((await release('--dry-run', version)).all, /is there already/);
  });
});
