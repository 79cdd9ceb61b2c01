/** action.yml and the snippets, run as their services would. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { parse } from 'yaml';
import { Bench, checkout } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { actAsRunner, action } from './act-as-runner.js';

const scenario = (name: string, run: string): string =>
  `name: ${name}\nworkload: {run: '${run}'}\nack: {stdout: '^saved (.*)$'}\n`;

function project(bench: Bench): string {
  const folder = join(bench.folder, 'project');
  mkdirSync(folder);
  chmodSync(bench.folder, 0o777);
  chmodSync(folder, 0o777);
  writeFileSync(join(folder, 'plugpull.yaml'), scenario('right', 'echo x > a; sync a .; echo saved a'));
  writeFileSync(join(folder, 'broken.yaml'), scenario('broken', 'echo x > a; sync a; echo saved a'));
  return folder;
}

t.test('every input is optional, and none becomes text of a script', async (t) => {
  for (const [name, input] of Object.entries(action.inputs)) {
    t.ok(input.default !== undefined && input.required !== true, name);
  }
  for (const step of action.runs.steps) t.notMatch(step.run ?? '', /\$\{\{/, step.name);
  t.strictSame(Object.keys(action.outputs), [
    'verdict',
    'exit-code',
    'findings',
    'report-html',
    'sarif',
    'junit',
  ]);
});

t.test('without privileges', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const machine = { cwd: project(bench), env: bench.env };

  const right = await actAsRunner({ privileges: 'none' }, machine);
  t.equal(right.exitCode, 0, right.log);
  t.match(right.outputs, {
    verdict: 'pass',
    'exit-code': '0',
    findings: '0',
    junit: /junit\.xml$/,
    sarif: /\.sarif$/,
  });
  t.strictSame(right.used, [], 'nothing to upload, no guests to cache');
  t.match(right.log, /judged by system calls only, because this job has no root/);
  t.match(right.summary, /right/);

  const both = await actAsRunner(
    { privileges: 'none', scenarios: 'plugpull.yaml broken.yaml', fail: 'false' },
    machine,
  );
  t.equal(both.exitCode, 0, 'fail: false');
  t.match(both.outputs, { verdict: 'violation', 'exit-code': '1', findings: '1' });
  t.match(both.used, [{ uses: 'actions/upload-artifact@v4', with: { path: /plugpull-results$/ } }]);
  t.match(both.log, /^::(?:error|warning)/m, 'annotations');
  const latest = join(machine.cwd, 'plugpull-results/latest');
  t.strictSame(readdirSync(join(latest, 'right--contract')), ['result.json'], 'no contents of what passed');
  t.ok(existsSync(join(latest, 'broken--contract/trace')), 'those of failures stay');

  const red = await actAsRunner(
    { privileges: 'none', scenarios: 'broken.yaml', keep: 'none', upload: 'never' },
    machine,
  );
  t.equal(red.exitCode, 1);
  t.strictSame(red.used, []);
  t.notOk(existsSync(join(latest, 'broken--contract/trace')), 'keep: none');
  t.match(red.log, /== plugpull, clean up/, 'also after a failure');
});

t.test('a wrong input is named', async (t) => {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { exitCode, log } = await actAsRunner({ keep: 'some' }, { cwd: project(bench), env: bench.env });
  t.equal(exitCode, 64);
  t.match(log, /::error::plugpull: input keep: expected one of failures none all, got 'some'/);
});

t.test('by sudo, which forgets PATH, and leaves files of root', async (t) => {
  if (!requires(t, { root: true, commands: ['strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const cwd = project(bench);
  const bin = join(bench.folder, 'bin');
  mkdirSync(bin);
  const log = join(bench.folder, 'sudo.log');
  writeFileSync(log, '', { mode: 0o666 });
  chmodSync(log, 0o666);
  const sudo = `#!/bin/sh\necho "$@" >>${log}\nshift\n[ "$1" = --preserve-env ] && shift\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nexec "$@"\n`;
  writeFileSync(join(bin, 'sudo'), sudo);
  chmodSync(join(bin, 'sudo'), 0o755);
  const state = join(bench.folder, 'nobody');
  mkdirSync(state);
  chmodSync(state, 0o777);
  const env = { PATH: `${bin}:${process.env.PATH}`, PLUGPULL_STATE_DIR: state, HOME: state };
  const acted = await actAsRunner(
    { arguments: '--engine=contract\n', install: 'false' },
    { cwd, env, uid: 65534 },
  );
  t.equal(acted.exitCode, 0, acted.log);
  const asked = readFileSync(log, 'utf8');
  t.match(asked, /--preserve-env env PATH=\S+ \S+plugpull run/);
  t.match(asked, /chown -R 65534:\d+ \S+plugpull-results/);
});

t.test('the snippets', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const cwd = project(bench);
  const bin = join(bench.folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'plugpull'), `#!/bin/sh\nexec ${join(checkout, 'bin/plugpull')} "$@"\n`, {
    mode: 0o755,
  });
  const gitlab = parse(readFileSync(join(checkout, 'ci/gitlab.yml'), 'utf8'));
  const job = { ...gitlab['.plugpull'], ...gitlab['crash-contract'] };
  const variables = { ...gitlab['.plugpull'].variables, ...gitlab['crash-contract'].variables };
  const env = { ...bench.env, ...variables, PATH: `${bin}:${process.env.PATH}` };
  const { exitCode, all } = await execa('bash', ['-eo', 'pipefail', '-c', job.script.join('\n')], {
    cwd,
    env,
    all: true,
    reject: false,
  });
  t.equal(exitCode, 0, all);
  for (const report of Object.values(job.artifacts.reports) as string[])
    t.ok(existsSync(join(cwd, report)), report);

  const github = parse(readFileSync(join(checkout, 'ci/github.yml'), 'utf8'));
  for (const { steps } of Object.values(github.jobs) as { steps: { uses: string; with?: object }[] }[]) {
    const ours = steps.find(({ uses }) => uses.startsWith('plugpull/'))!;
    for (const name of Object.keys(ours.with ?? {})) t.ok(name in action.inputs, name);
  }
  t.strictSame(bench.leftovers(), []);
});
