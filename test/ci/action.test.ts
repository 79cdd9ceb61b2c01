/** action.yml and the snippets, run as their services would. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { parse } from 'yaml';
import { Bench, checkout, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { actAsRunner, action, commandsIn } from './act-as-runner.js';

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

t.test("a cache's key has no comma and changes with the kernels", async (t) => {
  const key = (guests: string): string =>
    execFileSync(join(checkout, 'ci/action'), ['names'], {
      env: { PATH: process.env.PATH, INPUT_GUESTS: guests },
      encoding: 'utf8',
    }).split('\n')[0]!;
  t.match(key('uml,cloud'), /^images=plugpull-vm-uml\+cloud-\w+-[0-9a-f]{16}$/);
  t.not(key('uml,cloud'), key('uml'));
  t.equal(key('uml'), key('true'));
});

t.test('without privileges', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const temporary = join(bench.folder, 'temporary');
  mkdirSync(temporary);
  const machine = { cwd: project(bench), env: bench.env, temporary };

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
  t.match(both.used, [{ uses: 'actions/upload-artifact@v4', with: { name: 'plugpull-crash-0-2' } }]);
  const reports = ['junit.xml', 'plugpull.sarif', 'report.html'].map(
    (name) => `./plugpull-results/reports/${name}`,
  );
  t.strictSame(both.uploaded.filter((path) => path.includes('/reports/')).sort(), reports);
  const results = both.uploaded.filter((path) => path.endsWith('/results.json'));
  t.strictSame(
    results.map((path) => /\/latest\//.test(path)),
    Array(2).fill(false),
    'both runs of this job, none of them twice',
  );
  t.match(commandsIn(both.log).join('\n'), /^::(?:error|warning)/m, 'annotations');
  const latest = join(machine.cwd, 'plugpull-results/latest');
  t.strictSame(readdirSync(join(latest, 'right--contract')), ['result.json'], 'no contents of what passed');
  t.ok(existsSync(join(latest, 'broken--contract/trace')), 'those of failures stay');

  const again = await actAsRunner({ privileges: 'none', scenarios: 'broken.yaml' }, machine);
  t.match(again.used, [{ with: { name: 'plugpull-crash-0-3' } }], 'an artifact of one job has its own name');

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

t.test('what a program prints is no command to the runner', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const cwd = project(bench);
  const words = ['::error::planted', '  ::add-mask::planted', '##[error]planted'];
  const said = words.map((word) => `echo "${word}"; echo "${word}" >&2`).join('; ');
  const checker = `checker: {run: 'test -e a || { ${said}; exit 1; }'}\n`;
  const broken = scenario('planted', `${said}; echo x > a; echo saved "::error::planted"`);
  writeFileSync(join(cwd, 'planted.yaml'), broken + checker);
  const { log } = await actAsRunner(
    { privileges: 'none', scenarios: 'planted.yaml' },
    { cwd, env: bench.env },
  );
  t.match(log, /planted/);
  const commands = commandsIn(log);
  t.ok(commands.length > 0 && commands.every((line) => /^::(?:notice|error|warning)\b/.test(line)), log);
  t.notOk(commands.some((line) => words.includes(line)));
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
  t.match(asked, /--preserve-env env PATH=\S+ HOME=\S+ \S+plugpull run/);
  t.match(asked, /chown -R 65534:\d+ \S+plugpull-results/);
});

interface GitlabJob {
  script: string[];
  before_script: string[];
  after_script: string[];
  variables: Record<string, string>;
  artifacts: { when: string; reports: Record<string, string> };
}

const gitlab = parse(readFileSync(join(checkout, 'ci/gitlab.yml'), 'utf8'));
/** A job with what it extends. */
const gitlabJob = (name: string): GitlabJob => ({
  ...gitlab['.plugpull'],
  ...gitlab[name],
  variables: { ...gitlab['.plugpull'].variables, ...gitlab[name].variables },
});

/** The inputs that a job of the GitHub snippet gives to the action. */
function githubInputs(name: string): Record<string, string> {
  const { jobs } = parse(readFileSync(join(checkout, 'ci/github.yml'), 'utf8'));
  const { steps } = jobs[name] as { steps: { uses: string; with?: Record<string, string> }[] };
  const ours = steps.find(({ uses }) => uses.startsWith('plugpull/'))!.with ?? {};
  for (const input of Object.keys(ours)) if (!(input in action.inputs)) throw new Error(`no input ${input}`);
  return ours;
}

/** What GitLab's runner does with a job: its scripts in order, the last one in any case. */
async function actAsGitlab(bench: Bench, job: GitlabJob): Promise<{ exitCode: number; log: string }> {
  const bin = join(bench.folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const plugpull = `#!/bin/sh\nexec ${join(checkout, 'bin/plugpull')} "$@"\n`;
  writeFileSync(join(bin, 'plugpull'), plugpull, { mode: 0o755 });
  // The package is what is tested here, and is not on the registry.
  writeFileSync(join(bin, 'npm'), '#!/bin/sh\necho "npm $*"\n', { mode: 0o755 });
  const env: NodeJS.ProcessEnv = {
    ...bench.env,
    ...job.variables,
    PATH: `${bin}:${process.env.PATH}`,
  };
  const options = {
    cwd: join(bench.folder, 'project'),
    env,
    all: true,
    reject: false,
    stdin: 'ignore',
  } as const;
  const run = async (lines: string[]) => execa('bash', ['-eo', 'pipefail', '-c', lines.join('\n')], options);
  const main = await run([...job.before_script, ...job.script]);
  env.CI_JOB_STATUS = main.exitCode === 0 ? 'success' : 'failed';
  const after = await run(job.after_script);
  return { exitCode: main.exitCode ?? 1, log: `${main.all}\n${after.all}` };
}

t.test('the snippets without privileges', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const cwd = project(bench);
  const job = gitlabJob('crash-contract');
  const right = await actAsGitlab(bench, job);
  t.equal(right.exitCode, 0, right.log);
  t.match(right.log, /^npm install --global plugpull$/m);
  for (const report of Object.values(job.artifacts.reports)) t.ok(existsSync(join(cwd, report)), report);
  t.equal(job.artifacts.when, 'always', 'GitLab compares the reports of jobs that passed, too');
  t.notOk(existsSync(join(cwd, 'plugpull-results')), 'files of failures only');
  job.variables.PLUGPULL_SCENARIOS = 'broken.yaml';
  t.equal((await actAsGitlab(bench, job)).exitCode, 1, 'red for a broken program');
  t.ok(existsSync(join(cwd, 'plugpull-results/latest/broken--contract/trace')));

  const acted = await actAsRunner(githubInputs('crash-contract'), { cwd, env: bench.env });
  t.equal(acted.exitCode, 0, acted.log);
  t.match(acted.outputs, { verdict: 'pass', sarif: /\.sarif$/ });
  t.strictSame(bench.leftovers(), []);
});

t.test('with privileges: every crash state, recovered by the real file system', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const cwd = project(bench);
  const acted = await actAsRunner(githubInputs('crash-states'), { cwd, env: bench.env });
  t.equal(acted.exitCode, 0, acted.log);
  t.match(acted.log, /no packages are missing[\s\S]*no device nodes are missing/);
  t.match(acted.log, /right +ext4 +pass +pass/, 'both verdicts');
  t.match(acted.outputs, { verdict: 'pass', 'exit-code': '0', 'report-html': /report\.html$/ });

  // A step that comes to nothing does not give out what the one before it found.
  writeFileSync(join(cwd, 'wrong.yaml'), 'name: wrong\nworkload: {run: true}\nstorge: []\n');
  const wrong = await actAsRunner({ scenarios: 'wrong.yaml', fail: 'false' }, { cwd, env: bench.env });
  t.match(wrong.outputs, { verdict: 'unknown', 'exit-code': '64', junit: '', sarif: '', 'report-html': '' });
  t.equal(wrong.summary, '');

  const gitlabs = await actAsGitlab(bench, gitlabJob('crash-states'));
  t.equal(gitlabs.exitCode, 0, gitlabs.log);
  t.match(gitlabs.log, /right +ext4 +pass +pass/);
  t.strictSame(bench.leftovers(), []);
});

t.test('in guests, whose images are cached; no root', async (t) => {
  if (!requires(t, { commands: ['strace', 'setpriv', 'apt-get', 'depmod', 'modprobe'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const cwd = project(bench);
  const acted = await actAsRunner(
    { privileges: 'none', guests: 'true', arguments: '--place=vm\n--kernel=uml\n' },
    { cwd, env: bench.env },
  );
  t.equal(acted.exitCode, 0, acted.log);
  t.match(acted.used, [
    {
      uses: 'actions/cache@v4',
      with: { path: '~/.cache/plugpull/vm', key: /^plugpull-vm-uml-\w+-[0-9a-f]{16}$/ },
    },
  ]);
  t.match(acted.log, /right +ext4, vm uml +pass +pass/);
  t.notMatch(acted.log, /judged by system calls only/);
  const wrong = await actAsRunner({ guests: 'uml; rm -rf /' }, { cwd, env: bench.env });
  t.match(wrong, { exitCode: 64, log: /input guests: expected false, true or kernels such as uml,cloud/ });
  t.strictSame(bench.leftovers(), []);
});
