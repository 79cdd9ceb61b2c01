/** Where and how a command is called: what is missing there is said, and never taken for a verdict. */
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { mainPath } from '../../bench/checkout.js';
import { requires } from '../require.js';

t.jobs = 3;
t.setTimeout(500_000);

const need = { commands: ['strace', 'bash'] };
/** In a shell, with `run` for a run that finds a violation and `node` for plugpull itself. */
async function shell(
  t: { testdir(): string },
  script: string,
): Promise<{ exitCode: number | undefined; stdout: string; stderr: string; folder: string }> {
  const folder = t.testdir();
  const run = `run() { node ${mainPath} run --engine contract --ack-stdout '^ack' --out ${folder}/out -- 'echo x > a; echo ack'; }`;
  const env = { PLUGPULL_STATE_DIR: join(folder, 'state') };
  const { exitCode, stdout, stderr } = await execa('bash', ['-c', `${run}\n${script}`], {
    cwd: folder,
    env,
    reject: false,
  });
  return { exitCode, stdout, stderr, folder };
}

const noStack = /^ +at /m;

t.test('a folder that was removed, or whose path is too long, is no place to stand', async (t) => {
  if (!requires(t, need)) return;
  for (const script of [
    'mkdir x; cd x; rmdir ../x; run',
    `mkdir x; cd x; rmdir ../x; node ${mainPath} show`,
    'top=$PWD; n=$(printf %0200d 1); for i in $(seq 25); do mkdir $n; cd $n; done; run; e=$?; cd "$top"; rm -rf $n; exit $e',
  ]) {
    const { exitCode, stderr } = await shell(t, script);
    t.equal(exitCode, 69, stderr);
    t.match(stderr, /the current folder: expected one that is there/);
    t.notMatch(stderr, noStack);
  }
});

t.test('whoever reads may go: the outcome is in the exit code', async (t) => {
  if (!requires(t, need)) return;
  const { stdout, stderr } = await shell(t, '(run; echo "ended with $?" > code) | true; cat code');
  t.equal(stdout, 'ended with 1', stderr);
  t.notMatch(stderr, noStack);
  const both = await shell(t, '(run 2>&1; echo "ended with $?" > code) | true; cat code');
  t.equal(both.stdout, 'ended with 1');
  const closed = await shell(t, 'run <&- >&- 2>&-');
  t.equal(closed.exitCode, 1);
});

t.test('a standard output that takes no more is told of', async (t) => {
  if (!requires(t, need)) return;
  const { exitCode, stderr } = await shell(t, 'run > /dev/full');
  t.equal(exitCode, 69);
  t.match(stderr, /standard output: expected to be written to, found ENOSPC/);
  t.notMatch(stderr, noStack);
});

t.test('limits of the shell are named', async (t) => {
  if (!requires(t, need)) return;
  for (const [limit, what] of [
    ['ulimit -f 1', /how large files may be \(ulimit -f\)/],
    ['ulimit -n 22', /open files \(ulimit -n\)/],
  ] as const) {
    const { exitCode, stderr } = await shell(t, `${limit}; run`);
    t.equal(exitCode, 69, stderr);
    t.match(stderr, what);
    t.notMatch(stderr, noStack);
  }
});

t.test('folders in the environment may be named from here', async (t) => {
  if (!requires(t, need)) return;
  const { exitCode, stderr, folder } = await shell(t, 'mkdir t; export PLUGPULL_STATE_DIR=s TMPDIR=t; run');
  t.equal(exitCode, 1, stderr);
  t.ok(existsSync(join(folder, 's')), 'made where the command was called');
});

t.test('a report is written to a device or through a link, neither is replaced', async (t) => {
  if (!requires(t, need)) return;
  const { exitCode, stderr, folder } = await shell(
    t,
    'run > /dev/null; mkfifo p; ln -s f l; cat p > read & ' +
      `node ${mainPath} report out/latest --format tap=p,junit=l; e=$?; wait; exit $e`,
  );
  t.equal(exitCode, 0, stderr);
  t.ok(lstatSync(join(folder, 'p')).isFIFO());
  t.match(readFileSync(join(folder, 'read'), 'utf8'), /^TAP version 14/);
  t.ok(lstatSync(join(folder, 'l')).isSymbolicLink());
  t.match(readFileSync(join(folder, 'f'), 'utf8'), /<testsuites/);
});

t.test('what has no end is not read to its end', async (t) => {
  if (!requires(t, need)) return;
  const scenario = await shell(t, `node ${mainPath} run /dev/zero`);
  t.equal(scenario.exitCode, 64, scenario.stderr);
  t.match(scenario.stderr, /scenario .*zero: cannot be read \(expected at most 16 MiB, found more\)/);
  const results = await shell(t, `mkdir r; truncate -s 3G r/results.json; node ${mainPath} show r`);
  t.equal(results.exitCode, 64, results.stderr);
  t.match(results.stderr, /expected at most 500 MiB, found more/);
});

t.test('without PATH nobody is told to install what is there', async (t) => {
  if (!requires(t, need)) return;
  const { exitCode, stderr } = await shell(
    t,
    `env -i HOME="$PWD" PLUGPULL_STATE_DIR="$PLUGPULL_STATE_DIR" ${process.execPath} ${mainPath} run --engine contract --out out -- true`,
  );
  t.equal(exitCode, 69, stderr);
  t.match(stderr, /strace: not found, since PATH is not set; set PATH/);
  t.notMatch(stderr, /apt-get/);
});
