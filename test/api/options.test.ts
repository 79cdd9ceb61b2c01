/** What a crash test's target and options become, without running anything but Node. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { snakeCased } from '../../harness/api/camel-case.js';
import { reasonOf } from '../../harness/api/child/thrown-reason.js';
import { type NodeFacts, nodeArguments } from '../../harness/api/node-arguments.js';
import type { CrashTestOptions } from '../../harness/api/options.js';
import { programsOf } from '../../harness/api/programs.js';
import { withoutRunner } from '../../harness/api/runner-environment.js';
import { scenarioOf } from '../../harness/api/scenario-of.js';
import { scenario } from '../../harness/scenario/schema/scenario.js';
import { UsageError } from '../../harness/verdict/errors.js';
import { checkout } from '../e2e/plugpull.js';

const folder = mkdtempSync(join(tmpdir(), 'plugpull-api-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const written = (name: string, text: string): URL => {
  writeFileSync(join(folder, name), text);
  return pathToFileURL(join(folder, name));
};
const programs = { name: 'save', run: 'exec save', ackStdout: null, checker: 'exec check' };

t.test('options are the keys of a scenario in camelCase', async (t) => {
  const options: CrashTestOptions = {
    setup: 'touch a',
    exitCodes: [0, 3],
    user: 'nobody',
    terminal: true,
    env: { camelCase: 'mine' },
    storage: ['ext4', { fs: 'xfs', disk: { atomicUnit: 4096 } }],
    promise: { atomic: ['a'] },
    explore: { maxFindings: 3, budget: { recoveriesPerCrashPoint: 9 } },
    expect: { observed: { 'ext4 (noAtime)': 'pass' } },
  };
  const understood = scenario.parse(scenarioOf(programs, options));
  t.match(understood, {
    name: 'save',
    workload: {
      run: 'exec save',
      setup: 'touch a',
      exit_codes: [0, 3],
      user: 'nobody',
      terminal: true,
      env: { camelCase: 'mine' },
    },
    storage: [{ fs: 'ext4' }, { fs: 'xfs', disk: { atomic_unit: 4096 } }],
    checker: { run: 'exec check', persistent: true },
    explore: { max_findings: 3, budget: { recoveries_per_crash_point: 9 } },
    expect: { observed: { 'ext4 (noAtime)': 'pass' } },
  });
  t.match(scenarioOf(programs, { checker: { run: 'mine' } }).checker, { run: 'mine' }, 'the option wins');
  t.strictSame(snakeCased({ maxFindings: [{ aB: null }] }), { max_findings: [{ a_b: null }] });
});

t.test('an option that cannot be understood is named as it was written', async (t) => {
  const wrong = (options: object): string => {
    try {
      scenarioOf(programs, options);
      return 'accepted';
    } catch (error) {
      return (error as UsageError).message;
    }
  };
  t.match(wrong({ explore: { maxFindings: 'x' } }), /^option explore\.maxFindings: .*expected number/);
  t.match(wrong({ storge: ['ext4'] }), /^option storge: /);
  t.match(wrong({ storage: ['ext5'] }), /^option storage\.0\.fs: /);
});

t.test('a module is known by its exports', async (t) => {
  const both = programsOf(
    written('both.crash.mjs', 'export default () => {}; export const check = () => {};'),
  );
  t.equal(both.name, 'both');
  t.match(both.run, /^exec \S+ \S+workload-program\.js file:\S+both\.crash\.mjs$/);
  t.match(both.checker, /check-program\.js/);
  t.equal(programsOf(written('alone.mjs', 'console.log("hi"); export default () => {}')).checker, null);
  t.equal(programsOf(written('old.cjs', 'module.exports = () => {}')).checker, null, 'CommonJS');
  t.throws(
    () => programsOf(written('none.mjs', 'export const save = 1')),
    /expected a function as default export/,
  );
  t.throws(
    () => programsOf(written('bad.mjs', 'export default (')),
    /bad\.mjs cannot be loaded: SyntaxError/,
  );
  t.throws(() => programsOf('save.mjs'), /expected a file URL .* got "save.mjs"/);
});

t.test('a command is quoted for the shell', async (t) => {
  const url = pathToFileURL('/src/my save.py');
  t.match(programsOf({ command: ['python3', url, '$HOME'], ackStdout: /^saved (.*)$/ }), {
    name: 'my-save',
    run: "exec python3 '/src/my save.py' '$HOME'",
    ackStdout: '^saved (.*)$',
  });
  t.throws(() => programsOf({ command: ['a'], ackStdout: /x/i }), /without flags, got \/x\/i/);
  t.throws(() => programsOf({ command: [] }), UsageError);
});

t.test(
  'TypeScript by the runtime where it can, else by tsx, else an error that names the ways out',
  async (t) => {
    const node20: NodeFacts = { version: 'v20.19.0', runsTypeScript: false, canStripTypes: false };
    const node22 = { ...node20, canStripTypes: true };
    const node24 = { ...node20, runsTypeScript: true };
    const path = join(folder, 'save.crash.ts');
    t.strictSame(nodeArguments(path, node24), []);
    t.match(nodeArguments(path, node22), ['--experimental-strip-types']);
    t.throws(() => nodeArguments(path, node20), /Node 22\.18 or later, or add tsx .* or name the compiled/);
    t.throws(() => nodeArguments(`${path}x`, node24), /is TypeScript/, 'JSX needs a compiler');
    t.strictSame(nodeArguments(join(folder, 'save.crash.mjs'), node20), []);
    mkdirSync(join(folder, 'node_modules/tsx'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/tsx/index.js'), '');
    const tsx = pathToFileURL(join(folder, 'node_modules/tsx/index.js')).href;
    t.strictSame(nodeArguments(path, node20), ['--import', tsx]);
  },
);

t.test("the runner's environment stays with the runner", async (t) => {
  const runner = { NODE_OPTIONS: '--import x', VITEST_WORKER_ID: '1', TAP: '1', NODE_TEST_CONTEXT: 'child' };
  t.strictSame(withoutRunner({ ...runner, HOME: '/root', DATABASE_URL: 'x' }), {
    HOME: '/root',
    DATABASE_URL: 'x',
  });
});

t.test('a reason is the same in each recovered directory', async (t) => {
  t.equal(reasonOf(new Error("\nENOENT: open '/run/x/7/a'\nmore"), '/run/x/7'), "ENOENT: open 'a'");
  t.equal(reasonOf('text', '/d'), 'text');
  t.equal(reasonOf(new TypeError(''), '/d'), 'TypeError');
});

t.test('the package loads at once: few files of its own, and no library with them', async (t) => {
  const main = join(checkout, 'dist/harness/api/index.js');
  t.ok(existsSync(main));
  // Counted, because how long it takes is the machine's affair.
  const tellEach = `import { writeSync } from 'node:fs';
    export async function load(url, context, next) { writeSync(1, url + '\\n'); return next(url, context); }`;
  const program = `import { register } from 'node:module';
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(tellEach)}`)});
    await import(${JSON.stringify(main)});`;
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  const loaded = told.split('\n').filter((url) => url.startsWith('file:'));
  t.ok(loaded.includes(pathToFileURL(main).href) && loaded.length <= 12, told);
  t.notMatch(told, /node_modules/);
});
