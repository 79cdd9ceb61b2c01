/** Scenario files: what is wrong is named with file, line and key, and the shipped ones are right. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import { stringify } from 'yaml';
import {
  findScenarioFiles,
  loadScenario,
  parseScenario,
  scenarioFolder,
} from '../../harness/scenario/load.js';
import { UsageError } from '../../harness/verdict/errors.js';

/** The error a scenario gives; fails when it gives none, or one that is not the user's to mend. */
function refused(text: string): string {
  try {
    parseScenario(text, 'my.yaml');
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

const minimal = 'name: x\nworkload: {run: x}\n';

t.test('hostile files are refused in a few lines, in a moment', async (t) => {
  const keys = Array.from({ length: 3000 }, (_, i) => `k${i}: 1`).join('\n');
  const lines = refused(`${minimal}${keys}\n`).split('\n');
  t.equal(lines.length, 21);
  t.match(lines[0], /^my\.yaml:3: key k0: expected a known key/);
  t.equal(lines.at(-1), 'my.yaml: and 2980 more of this kind');
  const nested = refused(`${minimal}x: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`);
  t.equal(nested, 'my.yaml:3: expected values that a scenario has, found some nested hundreds deep');
  t.match(
    refused(`${minimal}---\n${minimal}`),
    /^my\.yaml:3: expected one document, found another one behind ---/,
  );
  // It names a folder.
  t.match(
    refused(`name: ${'n'.repeat(101)}\nworkload: {run: x}\n`),
    /key name: expected .* at most 100, found/,
  );
  const bomb = [...'bcdefghi'].map((name, i) =>
    `${name}: [${`*${'abcdefghi'[i]},`.repeat(9)}]`.replace(': ', `: &${name} `),
  );
  t.match(refused(`a: &a [x]\n${bomb.join('\n')}\n${minimal}`), /Excessive alias count/);
  t.match(parseScenario(`\ufeff${minimal.replaceAll('\n', '\r\n')}`, 'my.yaml').scenario, { name: 'x' });
});

t.test(
  'a duration without a unit is in seconds, as text too: an option of the command line has nothing else',
  (t) => {
    for (const [written, expectedMs] of [
      ['5', 5000],
      ['"5"', 5000],
      ['"1.5 m"', 90_000],
    ] as const)
      t.equal(
        parseScenario(`name: x\nworkload:\n  run: x\n  timeout: ${written}\n`, 'x.yaml').scenario.workload
          .timeout,
        expectedMs,
        written,
      );
    t.end();
  },
);

t.test('file, line, key, expected, found', async (t) => {
  const cases: [text: string, line: number, key: string, expected: string | RegExp, found: string][] = [
    ['workload: {run: x}\n', 1, 'name', 'text', 'nothing'],
    ['name: x\n', 1, 'workload.run', 'a command', 'nothing'],
    ['name: x\nworkload:\n  setup: y\n', 3, 'workload.run', 'a command', 'nothing'],
    ['name: a b\nworkload: {run: x}\n', 1, 'name', /letters, digits/, '"a b"'],
    ['name: 7\nworkload: {run: x}\n', 1, 'name', 'text', '7'],
    ['name: x\nworkload:\n  run: [a, b]\n', 3, 'workload.run', 'text', '["a","b"]'],
    ['name: x\nworkload:\n  run: x\n  timeout: [1]\n', 4, 'workload.timeout', 'a number or text', '[1]'],
    [
      'name: x\nworkload:\n  run: x\n  timeout: soon\n',
      4,
      'workload.timeout',
      'a duration such as 30s',
      '"soon"',
    ],
    ['name: x\nworkload:\n  run: x\n  timeout: -1\n', 4, 'workload.timeout', /number/, '-1'],
    ['name: x\nworkload:\n  run: x\n  timeout: .nan\n', 4, 'workload.timeout', /a number or text/, 'NaN'],
    [
      'name: x\nworkload:\n  run: x\n  timeout: .inf\n',
      4,
      'workload.timeout',
      /a number or text/,
      'Infinity',
    ],
    ['name: x\nworkload:\n  run: x\n  env: {A: 1}\n', 4, 'workload.env.A', 'text', '1'],
    [
      `${minimal}storage:\n  - fs: ext4\n  - fs: zfs\n`,
      5,
      'storage.1.fs',
      /one of ext2, ext3, ext4, xfs/,
      '"zfs"',
    ],
    [`${minimal}storage:\n  - size: true\n`, 4, 'storage.0.size', 'a number or text', 'true'],
    [`${minimal}storage:\n  - size: 64 Mb\n`, 4, 'storage.0.size', 'a size such as 64MiB', '"64 Mb"'],
    [`${minimal}storage:\n  - size: 0MiB\n`, 4, 'storage.0.size', 'a size such as 64MiB', '"0MiB"'],
    [`${minimal}storage:\n  - size: 0\n`, 4, 'storage.0.size', /number/, '0'],
    [`${minimal}storage:\n  - mkfs: 3\n`, 4, 'storage.0.mkfs', 'a list or text', '3'],
    [`${minimal}storage: []\n`, 3, 'storage', /1/, '[]'],
    [
      `${minimal}storage:\n  - disk:\n      atomic_unit: 1000\n`,
      5,
      'storage.0.disk.atomic_unit',
      '512 or 4096',
      '1000',
    ],
    [
      `${minimal}storage:\n  - disk:\n      faults:\n        - {operation: write, n: 0}\n`,
      6,
      'storage.0.disk.faults.0.n',
      /a number above 0/,
      '0',
    ],
    [`${minimal}explore:\n  seed: 1.5\n`, 4, 'explore.seed', 'a whole number', '1.5'],
    [
      `${minimal}expect:\n  observed: 7\n`,
      4,
      'expect.observed',
      /one of pass, violation, unknown or a map of keys/,
      '7',
    ],
    [
      `${minimal}expect:\n  observed: {ext4: good}\n`,
      4,
      'expect.observed.ext4',
      /one of pass, violation, unknown/,
      '"good"',
    ],
    [`${minimal}ack: {stdout: '('}\n`, 3, 'ack.stdout', 'a regular expression', '"("'],
    [`${minimal}engine: [replay, magic]\n`, 3, 'engine.1', /one of contract, replay, live/, '"magic"'],
    [`${minimal}recordings: 17\n`, 3, 'recordings', /16/, '17'],
    [`${minimal}explore:\n  granularty: block\n`, 4, 'explore.granularty', 'a known key', '"granularty"'],
    [`${minimal}promise:\n  files: a.txt\n`, 4, 'promise.files', 'a list', '"a.txt"'],
    [`${minimal}workloads: 1\n`, 3, 'workloads', 'a known key', '"workloads"'],
    [`${minimal}nothing:\n`, 3, 'nothing', 'a known key', '"nothing"'],
    [`${minimal}__proto__: {a: 1}\n`, 3, '__proto__', 'a known key', '"__proto__"'],
    [`${minimal}constructor: 1\n`, 3, 'constructor', 'a known key', '"constructor"'],
  ];
  for (const [text, line, key, expected, found] of cases) {
    const message = refused(text);
    t.match(message, new RegExp(`^my\\.yaml:${line}: key ${key.replaceAll('.', '\\.')}: `), key);
    t.match(message, typeof expected === 'string' ? `expected ${expected}` : expected);
    t.match(message, `found ${found}`);
  }
});

t.test('several errors, a line each', async (t) => {
  const lines = refused('name: 1\nworkload: {run: 2}\nnonsense: 3\n').split('\n');
  t.equal(lines.length, 3);
  t.ok(lines.every((line) => line.startsWith('my.yaml:')));
});

t.test('no mapping at all', async (t) => {
  for (const [text, found] of [
    ['', 'null'],
    ['# only a comment\n', 'null'],
    ['just words', '"just words"'],
    ['- a\n- b\n', '["a","b"]'],
    ['7', '7'],
  ] as const) {
    t.match(refused(text), /^my\.yaml:1: expected a map of keys/);
    t.match(refused(text), `found ${found}`);
  }
});

t.test('hostile YAML', async (t) => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
  for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh', 'hi']) {
    bomb.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join()}]`);
  }
  const start = Date.now();
  t.match(refused(`${bomb.join('\n')}\n${minimal}`), /^my\.yaml:2: Excessive alias count/);
  // It takes milliseconds; whoever resolves every alias makes 43 million of them.
  t.ok(Date.now() - start < 20_000);
  t.match(refused('name: x\nname: y\nworkload: {run: x}\n'), /^my\.yaml:2: Map keys must be unique$/);
  t.match(refused('name: x\nworkload: {run: a, run: b}\n'), /^my\.yaml:2: Map keys must be unique$/);
  t.match(refused('name: x\nworkload: {run: *nope}\n'), /^my\.yaml:2: .*[Aa]lias.*nope/);
  t.match(
    refused('name: x\n---\nname: y\n'),
    /^my\.yaml:2: expected one document, found another one behind ---/,
  );
  t.match(refused('name: x\nworkload: {run: x\n'), /^my\.yaml:[23]: /);
  t.match(refused('name: "x\nworkload: {}\n'), /^my\.yaml:\d: /);
  t.match(refused('name: x\n\tworkload: y\n'), /^my\.yaml:2: /);
  t.match(
    refused('name: &a [*a]\nworkload: {run: x}\n'),
    /^my\.yaml:1: key name: .*, found something that contains itself$/,
  );
  t.match(
    refused(`name: ${'x'.repeat(1_000_000)} y\nworkload: {run: x}\n`),
    /^my\.yaml:1: key name: .{0,400}$/,
    'quotes a part',
  );
  t.match(
    refused(`${minimal}? [a,\n  b]\n: 1\n`),
    /^my\.yaml:1: key "\[ a, b \]": expected a known key, found/,
  );
  t.match(
    refused('? ? \n'),
    /\nmy\.yaml:1: key "[^\n]*": expected a known key, found "[^\n]*"$/,
    'on one line',
  );
  const deep = `name: x\nworkload: ${'['.repeat(2000)}${']'.repeat(2000)}\n`;
  t.match(refused(deep), /^my\.yaml:\d+: /);
});

t.test('any bytes at all: understood, or refused in words', async (t) => {
  const near = fc.array(
    fc.constantFrom(
      'name: x\n',
      'workload: ',
      '{run: x}\n',
      'storage:\n',
      '  - fs: ext4\n',
      '&a ',
      '*a',
      '? ',
      ': ',
      '[',
      ']',
      '{',
      '}',
      '"',
      '\n',
      '!!map ',
      '<<: ',
      '|\n',
      '- ',
      '\0',
      'é',
    ),
    { maxLength: 25 },
  );
  const property = fc.property(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      near.map((parts) => parts.join('')),
    ),
    (text) => {
      try {
        parseScenario(text, 'my.yaml');
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        if (!error.message.split('\n').every((line) => /^my\.yaml:\d+: /.test(line)))
          throw new Error(error.message);
      }
    },
  );
  fc.assert(property, { numRuns: 800 });
  t.pass();
});

t.test('files', async (t) => {
  const folder = t.testdir({ 'a.yaml': minimal, 'notes.txt': '', sub: { 'b.yml': minimal }, empty: {} });
  t.same(findScenarioFiles([folder]), [join(folder, 'a.yaml'), join(folder, 'sub', 'b.yml')]);
  t.same(
    findScenarioFiles([join(folder, 'notes.txt')]),
    [join(folder, 'notes.txt')],
    'named directly, any name',
  );
  t.throws(
    () => findScenarioFiles([join(folder, 'empty')]),
    /scenario folder .*empty: expected .yaml files in it, found none/,
  );
  t.throws(() => findScenarioFiles([join(folder, 'none')]), /scenario .*none: no such file or folder/);
  t.throws(() => loadScenario(join(folder, 'none')), /scenario .*none: cannot be read \(ENOENT\)/);
  t.throws(() => loadScenario(folder), /cannot be read \(EISDIR\)/);
  t.equal(scenarioFolder(loadScenario(join(folder, 'a.yaml'))), folder);
  t.equal(scenarioFolder({ ...loadScenario(join(folder, 'a.yaml')), file: null }), null);
  const latin = join(folder, 'latin.yaml');
  writeFileSync(latin, Buffer.from('name: x\nworkload:\n  run: caf\xe9\n', 'latin1'));
  t.throws(() => loadScenario(latin), { message: `${latin}:3: expected UTF-8, found other bytes` });
  const utf16 = join(folder, 'utf16.yaml');
  writeFileSync(utf16, Buffer.from(`\ufeff${minimal}`, 'utf16le'));
  t.throws(() => loadScenario(utf16), /:1: expected UTF-8/);
  writeFileSync(utf16, `\ufeff${minimal}`);
  t.equal(loadScenario(utf16).scenario.name, 'x', 'a byte order mark is no fault');
});

t.test('values, and what is meant without them', async (t) => {
  const of = (text: string) => parseScenario(`${minimal}${text}`, 'my.yaml').scenario;
  t.match(of(''), {
    workload: { timeout: 60_000, env: {}, exit_codes: [0] },
    storage: [
      {
        fs: 'ext4',
        mkfs: [],
        mount: [],
        disk: { cache: 'volatile', atomic_unit: 4096, fua: true, faults: [] },
      },
    ],
    explore: {
      granularity: 'torn',
      seed: 1,
      fsck: 'never',
      nested: false,
      audit: 8,
    },
    models: ['posix'],
    place: 'auto',
    recordings: 'auto',
  });
  const size = (text: string) => of(`storage: [{size: ${text}}]`).storage[0]!.size;
  t.same(['4194304', '64MiB', '64 M', '1.5GiB', '1048576B', '2048K'].map(size), [
    2 ** 22,
    2 ** 26,
    2 ** 26,
    1.5 * 2 ** 30,
    2 ** 20,
    2 ** 21,
  ]);
  const time = (text: string) => of(`explore: {budget: {time: ${text}}}`).explore.budget.time;
  t.same(
    ['2', '1.5', '500ms', '3s', '2m', '2 min', '1h'].map(time),
    [2000, 1500, 500, 3000, 120_000, 120_000, 3_600_000],
  );
  t.same(of('storage: [{mkfs: -b 4096  -O ^has_journal, mount: "nobarrier,data=writeback"}]').storage[0], {
    fs: 'ext4',
    mkfs: ['-b', '4096', '-O', '^has_journal'],
    mount: ['nobarrier', 'data=writeback'],
    layers: [],
    disk: of('').storage[0]!.disk,
    method: 'disk',
  });
  const written = parseScenario(
    stringify(parseScenario(`${minimal}storage: [{size: 64MiB}]`, 'a').input),
    'b',
  );
  t.equal(written.scenario.storage[0]!.size, 2 ** 26, 'what was written can be written again');
});

t.test('every shipped scenario loads', async (t) => {
  // From dist/test/scenario up to the checkout.
  const shipped = fileURLToPath(new URL('../../../scenarios', import.meta.url));
  const files = findScenarioFiles([shipped]);
  t.ok(files.length > 20, `${files.length} scenarios`);
  const names = new Set<string>();
  for (const file of files) {
    const { scenario } = loadScenario(file);
    t.notOk(names.has(scenario.name), `${scenario.name} once`);
    names.add(scenario.name);
  }
});
