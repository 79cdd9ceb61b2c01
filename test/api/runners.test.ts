/** The examples, each by its runner, side by side: they share the machine's lanes. */
import { execa } from 'execa';
import t from 'tap';
import { Bench, checkout, hostNeed } from '../e2e/plugpull.js';
import { requires } from '../require.js';

t.test('node:test, vitest and tap', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const runners = {
    node: ['node', '--test', 'examples/node-test/save.test.mjs'],
    command: ['node', '--test', 'examples/command.test.mjs'],
    vitest: ['node_modules/.bin/vitest', 'run', '--root', 'examples/vitest'],
    tap: ['node_modules/.bin/tap', 'run', '--disable-coverage', 'examples/tap/save.test.mjs'],
  };
  const ended = await Promise.all(
    Object.entries(runners).map(async ([name, [program, ...words]]) => {
      const { exitCode, all } = await execa(program!, words, {
        cwd: checkout,
        env: { ...bench.env, TAP: '', NODE_OPTIONS: '' },
        preferLocal: true,
        reject: false,
        all: true,
        timeout: 550_000,
      });
      t.equal(exitCode, 0, `${name}: ${all}`);
      return [name, all] as const;
    }),
  );
  const said = Object.fromEntries(ended);
  t.match(said.node, /# save on ext4, replay: .*states/, 'diagnostics');
  t.match(said.vitest, /2 passed/);
  t.strictSame(bench.leftovers(), []);
});
