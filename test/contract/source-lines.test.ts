/** The line that a finding names is the one that made the call, or none. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { runContract } from '../../harness/contract/engine.js';
import { placeNames } from '../../harness/contract/sources/place-names.js';
import { scenario } from '../../harness/scenario/schema/scenario.js';
import { requires } from '../require.js';

const koffi = JSON.stringify(createRequire(import.meta.url).resolve('koffi'));

interface Expected {
  /** The program first; all of them below one folder. */
  files: Record<string, string>;
  /** By what each finding says of which call: its line, and who called that. */
  places: Record<string, string>;
}

/** `#` marks the line that is to be named. */
const programs: Record<string, Expected> = {
  'native code in a loop, and acks between': {
    files: {
      'native.cjs': `const fs = require('fs');
const c = require(${koffi}).load(null);
const put = c.func('long write(int fd, const char *text, size_t length)');
const fd = fs.openSync('t.db', 'w');
fs.fsyncSync(fs.openSync('.', 'r'));
fs.writeSync(1, 'saved nothing\\n');
for (let n = 1; n <= 2; n++) {
  put(fd, 'one', 3);
  fs.writeSync(1, 'saved ' + n + '\\n');
}
`,
    },
    places: { 'write(t.db': 'native.cjs:8' },
  },
  'a stream': {
    files: {
      'stream.mjs': `import { createWriteStream, writeSync } from 'node:fs';
const out = createWriteStream('log');
out.write('head', () => setTimeout(more, 20));
const more = () => {
  out.write('body', () => {
    out.end('tail', () => writeSync(1, 'saved log\\n'));
  });
};
`,
    },
    places: {
      'write(log, 0': 'stream.mjs:3',
      'write(log, 4': 'stream.mjs:5',
      'write(log, 8': 'stream.mjs:6',
      creat: 'stream.mjs:2',
    },
  },
  'a pipeline': {
    files: {
      'pipe.mjs': `import { createWriteStream, writeSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
const out = createWriteStream('log');
await pipeline(Readable.from(['one']), out);
writeSync(1, 'saved log\\n');
`,
    },
    places: { write: 'pipe.mjs:4' },
  },
  'promises at the same time': {
    files: {
      'both.mjs': `import { open, writeFile } from 'node:fs/promises';
const handle = await open('a', 'w');
const first = handle.write('one');
const second = writeFile('b', 'two');
await Promise.all([first, second]);
console.log('saved both');
`,
    },
    places: { 'write(a': 'both.mjs:3', 'write(b': 'both.mjs:4' },
  },
  'a file of a project': {
    files: {
      'app/src/main.mjs': `import { save } from './save.mjs';
save('a');
console.log('saved a');
`,
      'app/src/save.mjs': `import { writeFileSync } from 'node:fs';
export const save = (name) => {
  writeFileSync(name, 'one');
};
`,
      'app/package.json': '{"name": "app"}',
    },
    places: { 'write(a': 'src/save.mjs:3, called from src/main.mjs:2' },
  },
  'a package': {
    files: {
      'main.cjs': `const fs = require('wrapped-fs');
fs.save('a', 'one');
fs.save('b', 'two');
require('fs').writeSync(1, 'saved a\\n');
`,
      'node_modules/wrapped-fs/index.js': `const fs = require('fs');
exports.save = (name, text) => {
  fs.writeFileSync(name, text);
};
`,
    },
    places: {
      'write(a': 'wrapped-fs/index.js:3, called from main.cjs:2',
      'write(b': 'wrapped-fs/index.js:3, called from main.cjs:3',
    },
  },
  'a wrapper': {
    files: {
      'wrapper.cjs': `const fs = require('fs');
const promised = (fn) => (...args) => new Promise((done) => fn(...args, done));
const [put, mv] = [promised(fs.writeFile), promised(fs.rename)];
async function save() {
  await put('tmp', 'one');
  await mv('tmp', 'a');
}
save().then(() => fs.writeSync(1, 'saved a\\n'));
`,
    },
    places: {
      'write(tmp': 'wrapper.cjs:2, called from wrapper.cjs:5',
      rename: 'wrapper.cjs:2, called from wrapper.cjs:6',
    },
  },
  promisify: {
    files: {
      'promisify.cjs': `const { promisify } = require('util');
const fs = require('fs');
const mv = promisify(fs.rename);
(async () => {
  fs.writeFileSync('tmp', 'one');
  await mv('tmp', 'a');
  fs.writeSync(1, 'saved a\\n');
})();
`,
    },
    places: { write: 'promisify.cjs:5', rename: 'promisify.cjs:6' },
  },
  'a database in Python': {
    files: {
      'base.py': `import os, sqlite3
base = sqlite3.connect("t.db", isolation_level=None)
base.execute("pragma synchronous=off")
base.execute("create table t(n)")
print("saved table", flush=True)
base.execute("insert into t values(1)")
print("saved 1", flush=True)
`,
    },
    places: { 'write(t.db': 'base.py:4' },
  },
  'a file object in Python that goes': {
    files: {
      'goes.py': `import os
def save():
    out = open("a", "w")
    out.write("one")
def other():
    os.mkdir("d")
save()
other()
print("saved a", flush=True)
`,
    },
    places: { 'write(a': 'goes.py:4', mkdir: 'goes.py:6' },
  },
};

for (const [name, { files, places }] of Object.entries(programs)) {
  t.test(name, async (t) => {
    const [program] = Object.keys(files) as [string];
    const interpreter = program.endsWith('.py') ? 'python3' : 'node';
    if (!requires(t, { commands: ['strace', interpreter] })) return;
    const folder = mkdtempSync(join(tmpdir(), 'plugpull-lines-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    const { findings, protocols } = await runContract({
      scenario: scenario.parse({
        name: 'lines',
        workload: { run: `${interpreter} ${join(folder, program)}` },
        ack: { stdout: '^saved (.*)$' },
      }),
      workDir: folder,
      env: process.env,
    });
    const seen = [
      ...findings.flatMap(({ cause }) =>
        cause.map(({ args, syscall, ...place }) => ({ call: `${syscall}(${args}`, ...place })),
      ),
      ...(protocols[0]?.operations ?? []).flatMap((line) =>
        line.kind === 'operation'
          ? [{ call: line.call, at: line.at ?? 'none', called_from: line.called_from }]
          : [],
      ),
    ];
    for (const [call, place] of Object.entries(places)) {
      const found = seen.filter((each) => each.call.startsWith(call));
      const said = new Set(
        found.map(({ at, called_from }) => (called_from ? `${at}, called from ${called_from}` : at)),
      );
      t.ok(said.has(place), `${call}: ${place}, not ${[...said].join(' or ')}`);
    }
  });
}

t.test('of a shell script the command is named, not an offset in a stripped program', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-lines-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const { findings } = await runContract({
    scenario: scenario.parse({
      name: 'lines',
      workload: { setup: 'echo old > b', run: 'echo new > a; mv a b; sync .; echo saved' },
      ack: { stdout: '^saved' },
    }),
    workDir: folder,
    env: process.env,
  });
  const renames = findings.flatMap(({ cause }) =>
    cause.filter(({ syscall }) => syscall.startsWith('rename')),
  );
  t.ok(renames.length > 0);
  for (const { at } of renames) t.equal(at, 'mv');
});

t.test('what a file is called', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-names-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'shop'));
  writeFileSync(join(folder, 'shop/package.json'), '{}');
  const files = {
    'src/index.js': join(folder, 'shop/src/index.js'),
    'loose/index.js': join(folder, 'loose/index.js'),
    'other/index.js': join(folder, 'other/index.js'),
    'graceful-fs/index.js': '/x/node_modules/a/node_modules/graceful-fs/index.js',
    '@a/b/index.js': '/x/node_modules/@a/b/index.js',
    'django/db.py': '/usr/lib/python3/dist-packages/django/db.py',
    'prog.py': '/nowhere/prog.py',
  };
  const names = placeNames(Object.values(files));
  t.strictSame(
    Object.values(files).map((file) => names.get(file)),
    Object.keys(files),
  );
});
