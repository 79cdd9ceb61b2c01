/** What a person types by habit or by mistake. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { commandFor } from '../../harness/cli/called-as.js';
import { commandLine } from '../../harness/cli/command-line.js';
import { initCommand } from '../../harness/cli/commands/init.js';
import { mountCommand } from '../../harness/cli/commands/mount.js';
import { showCommand } from '../../harness/cli/commands/show.js';
import { didYouMean, nearestWords } from '../../harness/verdict/nearest-word.js';
import { Bench, checkout } from '../e2e/plugpull.js';
import { requires } from '../require.js';

t.test('did you mean', async (t) => {
  t.same(nearestWords('ack-stdou', ['ack-stdout', 'out']), ['ack-stdout']);
  t.same(nearestWords('fsx', ['fs', 'fsck']), ['fs']);
  t.same(nearestWords('colour', ['fs', 'checker']), []);
  t.same(nearestWords('ext5', ['ext2', 'xfs', 'ext4']), ['ext2', 'ext4'], 'both are as near');
  t.same(nearestWords('zfs', ['xfs', 'ext4']), [], 'a name of its own');
  t.same(nearestWords('xsf', ['xfs', 'ext4']), ['xfs']);
  t.equal(didYouMean(nearestWords('ext5', ['ext2', 'ext3', 'ext4'])), ': did you mean ext2, ext3 or ext4?');
  t.equal(didYouMean([]), '');
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { exitCode, stderr } = await bench.plugpull(['run', '--ack-stdou', 'x', '--', 'true']);
  t.equal(exitCode, 64);
  t.match(stderr, /Unknown argument: ack-stdou: did you mean --ack-stdout\?/);
});

t.test('what is missing or wrong is named, and whose help says more', async (t) => {
  const refusals: [args: string[], says: string][] = [
    [['show'], 'show <run> [finding]: expected at least 1 of these, got 0; see plugpull show --help'],
    [['mount', 'x'], 'mount <run> <finding>: expected at least 2 of these, got 1; see plugpull mount --help'],
    [
      ['init', '--language', 'perl'],
      '--language: expected one of "python", "ts", "sh", got "perl"; see plugpull init --help',
    ],
  ];
  for (const [args, message] of refusals)
    await t.rejects(
      async () => commandLine(args, [initCommand, mountCommand, showCommand]).parseAsync(),
      { message },
      args.join(' '),
    );
});

t.test('commands to paste name plugpull as it was called', async (t) => {
  const cases: [string | undefined, string | undefined, string][] = [
    [undefined, '/usr/bin/plugpull', 'plugpull'],
    ['/usr/bin/plugpull', '/usr/bin/plugpull', 'plugpull'],
    ['bin/plugpull', '/usr/bin/plugpull', 'bin/plugpull'],
    ['../my tools/bin/plugpull', undefined, "'../my tools/bin/plugpull'"],
    ['/home/u/p/node_modules/.bin/plugpull', '/home/u/p/node_modules/.bin/plugpull', 'npx plugpull'],
    ['node_modules/.bin/plugpull', undefined, 'npx plugpull'],
    ['/home/u/p/node_modules/plugpull/bin/plugpull', undefined, 'npx plugpull'],
  ];
  for (const [path, inPath, command] of cases)
    t.equal(commandFor(path, inPath), command, path ?? 'not known');
  const bench = new Bench();
  t.teardown(() => bench.close());
  const made = await execa('sh', ['-c', `bin/plugpull init ${bench.folder}/first`], { cwd: checkout });
  t.match(made.stdout, /next: bin\/plugpull run /);
  const refused = await execa('sh', ['-c', 'bin/plugpull run --no-such'], { cwd: checkout, reject: false });
  t.match(refused.stderr, /see bin\/plugpull run --help/);
});

t.test('run alone takes ./plugpull.yaml, and show lists the runs of a results folder', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const cwd = join(bench.folder, 'project');
  mkdirSync(cwd);
  const nothing = await bench.plugpull(['run'], { cwd });
  t.equal(nothing.exitCode, 64);
  t.match(nothing.stderr, /there is no plugpull\.yaml here; plugpull init makes one/);
  const run = "run: 'echo x > a; sync a .; echo saved a'";
  writeFileSync(
    join(cwd, 'plugpull.yaml'),
    `name: usual\nworkload: {${run}}\nack: {stdout: '^saved (.*)$'}\n`,
  );
  const ran = await bench.plugpull(['run', '--engine', 'contract'], { cwd });
  t.equal(ran.exitCode, 0, ran.stderr);
  const shown = await bench.plugpull(['show', 'plugpull-results/latest'], { cwd });
  t.match(shown.stdout, /^pass {7}usual on any {2}0 findings {2}plugpull show \S+usual--contract$/);
  const [, path] = /plugpull show (\S+)$/m.exec(shown.stdout) ?? [];
  t.equal((await bench.plugpull(['show', path!], { cwd })).exitCode, 0, 'the printed command can be pasted');
});

t.test('an ack from a shell script starts no Node', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-ack-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const socket = join(folder, 'ack.sock');
  const heard: string[] = [];
  let answer = 'ok\n';
  const server: Server = createServer((connection) => {
    connection.on('data', (text) => {
      heard.push(text.toString());
      connection.write(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.teardown(() => server.close());
  // Of what the script calls only perl is to be found: with Node it could not be answered.
  const ack = async (text: string, env: Record<string, string>): Promise<number | undefined> => {
    const { exitCode } = await execa(join(checkout, 'bin/plugpull'), ['ack', text], {
      env: { PATH: '/usr/bin:/bin', ...env },
      extendEnv: false,
      reject: false,
    });
    return exitCode;
  };
  t.equal(await ack('saved "3" $HOME', { PLUGPULL_ACK: socket }), 0);
  t.strictSame(heard, ['saved "3" $HOME\n'], 'as it is');
  answer = 'cut\n';
  t.equal(await ack('late', { PLUGPULL_ACK: socket }), 1, 'the power was cut before');
  t.equal(await ack('nobody', { PLUGPULL_ACK: join(folder, 'none') }), 69);
  t.equal(await ack('outside a recording', {}), 0);
});
