/** Each line that is printed to be pasted is pasted, and its finding is gone; where none can be sure to work, none is printed. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { type ContractResult, runContract } from '../../harness/contract/engine.js';
import { patchFor } from '../../harness/contract/patch/patch.js';
import { scenario } from '../../harness/scenario/schema/scenario.js';
import { requires } from '../require.js';
import { paste } from './pasted-patches.js';

interface Program {
  file: string;
  source: string;
  run: (path: string) => string;
  /** What is to be whole at every instant; `a` by default. */
  atomic?: string[];
}

const python = (path: string): string => `python3 ${path}`;
const node = (path: string): string => `node ${path}`;
const compiled = (path: string): string => {
  const program = path.replace(/\.c$/, '');
  execFileSync('gcc', ['-g', '-O0', '-o', program, path]);
  return program;
};

/** Right but for the syncs, which are all missing. */
const broken: Record<string, Program> = {
  'Python, with': {
    file: 'with.py',
    run: python,
    source: `import os
def save(name, text):
    with open(name + ".tmp", "w") as out:
        out.write(text)
    os.rename(name + ".tmp", name)

save("a", "one")
print("saved a", flush=True)
`,
  },
  'Python, a descriptor': {
    file: 'descriptor.py',
    run: python,
    source: `import os
fd = os.open("tmp", os.O_WRONLY | os.O_CREAT, 0o644)
os.write(fd, b"one")
os.close(fd)
os.replace("tmp", "a")
print("saved a", flush=True)
`,
  },
  'Python, closed': {
    file: 'closed.py',
    run: python,
    source: `from os import rename
name = "tmp"
out = open(name, "w")
out.write("one")
out.close()
rename(name, "a")
print("saved a", flush=True)
`,
  },
  'Python, pathlib': {
    file: 'paths.py',
    run: python,
    source: `from pathlib import Path
Path("tmp").write_text("one")
Path("tmp").rename("a")
print("saved a", flush=True)
`,
  },
  'Node, synchronous': {
    file: 'synchronous.cjs',
    run: node,
    source: `const { writeFileSync, renameSync, writeSync } = require('fs');
const name = 'a';
writeFileSync(name + '.tmp', 'one');
renameSync(name + '.tmp', name);
writeSync(1, 'saved a\\n');
`,
  },
  'Node, promises': {
    file: 'promises.mjs',
    run: node,
    source: `import { rename, writeFile } from 'node:fs/promises';
await writeFile('tmp', 'one');
await rename('tmp', 'a');
console.log('saved a');
`,
  },
  'Node, a handle': {
    file: 'handle.mjs',
    run: node,
    source: `import { open, rename } from 'node:fs/promises';
const handle = await open('tmp', 'w');
await handle.writeFile('one');
await handle.close();
await rename('tmp', 'a');
console.log('saved a');
`,
  },
  'Node, promisified': {
    file: 'promisified.cjs',
    run: node,
    source: `const fs = require('fs');
const { promisify } = require('util');
const write = promisify(fs.writeFile), rename = promisify(fs.rename);
(async () => {
  await write('tmp', 'one');
  await rename('tmp', 'a');
  fs.writeSync(1, 'saved a\\n');
})();
`,
  },
  'Node, a pipeline': {
    file: 'pipeline.mjs',
    run: node,
    source: `import { createWriteStream, renameSync, writeSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
await pipeline(['one', 'two'], createWriteStream('tmp'));
renameSync('tmp', 'a');
writeSync(1, 'saved a\\n');
`,
  },
  'Node, callbacks': {
    file: 'callbacks.cjs',
    run: node,
    source: `const fs = require('node:fs');
const { rename } = require('fs');
function save(name, text, done) {
  fs.open(name + '.tmp', 'w', (error, fd) => {
    if (error) throw error;
    fs.write(fd, text, function (error) {
      if (error) throw error;
      fs.close(fd, () => {
        rename(name + '.tmp', name, () => {
          done();
        });
      });
    });
  });
}
save('a', 'one', () => {
  fs.writeFile('b.tmp', 'two', (error) => {
    fs.rename('b.tmp', 'b', () => { // by its name
      fs.writeSync(1, 'saved a\\n');
    });
  });
});
`,
  },
  'Node, a stream with callbacks': {
    file: 'chunks.cjs',
    run: node,
    source: `const fs = require('fs');
fs.open('tmp', 'w', (error, fd) => {
  const out = fs.createWriteStream('tmp', { fd });
  out.write('one', () => {
    out.end('two', () => {
      fs.rename('tmp', 'a', () => {
        fs.writeSync(1, 'saved a\\n');
      });
    });
  });
});
`,
  },
  C: {
    file: 'save.c',
    run: compiled,
    source: `#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  int fd = open("tmp", O_WRONLY | O_CREAT, 0644);
  if (write(fd, "one", 3) != 3) return 1;
  close(fd);
  rename("tmp", "a");
  puts("saved a");
  return 0;
}
`,
  },
};

const goProgram = (path: string): string => {
  const program = path.replace(/\.go$/, '');
  execFileSync('go', ['build', '-o', program, path], {
    env: { GOCACHE: `${program}.cache`, ...process.env },
  });
  return program;
};
broken['Go, raw calls and files'] = {
  file: 'save.go',
  run: goProgram,
  source: `package main

import (
	"os"
	"syscall"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	fd, err := syscall.Open("tmp", syscall.O_WRONLY|syscall.O_CREAT, 0o644)
	must(err)
	if _, err := syscall.Write(fd, []byte("one")); err != nil {
		panic(err)
	}
	must(syscall.Close(fd))
	if err := os.Rename("tmp", "a"); err != nil {
		panic(err)
	}
	file, err := os.Create("b")
	must(err)
	file.Write([]byte("two"))
	os.WriteFile("c", []byte("three"), 0o644)
	os.Stdout.WriteString("saved a\\n")
}
`,
};

/** A line behind what these do would run before it is done: each fix says where the call belongs, and `done` does so. */
const withoutLine: Record<string, Program & { where: RegExp; done: string }> = {
  'Node, callbacks on one line': {
    file: 'callbacks.cjs',
    run: node,
    where: /; in its callback: what stands behind the line runs before the call is done$/,
    source: `const fs = require('fs');
fs.writeFile('tmp', 'one', done);
function done() { fs.rename('tmp', 'a', () => fs.writeSync(1, 'saved a\\n')); }
`,
    done: `const fs = require('fs');
const sync = (path) => { const fd = fs.openSync(path, 'r'); fs.fsyncSync(fd); fs.closeSync(fd); };
fs.writeFile('tmp', 'one', done);
function done() { sync('tmp'); fs.rename('tmp', 'a', () => { sync('.'); fs.writeSync(1, 'saved a\\n'); }); }
`,
  },
  'Node, a chain of promises': {
    file: 'chain.mjs',
    run: node,
    where: /; in a \.then\(\) behind it$/,
    source: `import { rename, writeFile } from 'node:fs/promises';
writeFile('tmp', 'one').then(() => rename('tmp', 'a')).then(() => console.log('saved a'));
`,
    done: `import { open, rename, writeFile } from 'node:fs/promises';
const sync = async (path) => { const file = await open(path); await file.sync(); await file.close(); };
writeFile('tmp', 'one').then(() => sync('tmp')).then(() => rename('tmp', 'a')).then(() => sync('.')).then(() => console.log('saved a'));
`,
  },
  'Node, a stream': {
    file: 'stream.mjs',
    run: node,
    atomic: [],
    where:
      /; of a stream: (?:createWriteStream\(path, \{ flush: true \}\), and what follows is for its 'close'|when it is closed \('close'\))$/,
    source: `import { createWriteStream } from 'node:fs';
const out = createWriteStream('b');
out.end('one', () => console.log('saved b'));
`,
    done: `import { closeSync, createWriteStream, fsyncSync, openSync } from 'node:fs';
const out = createWriteStream('b', { flush: true });
out.on('close', () => {
  const fd = openSync('.', 'r'); fsyncSync(fd); closeSync(fd);
  console.log('saved b');
});
out.end('one');
`,
  },
};

async function judged(folder: string, { file, run, atomic = ['a'] }: Program): Promise<ContractResult> {
  return runContract({
    scenario: scenario.parse({
      name: 'patched',
      workload: { run: run(join(folder, file)) },
      ack: { stdout: '^saved (.*)$' },
      promise: { snapshot: true, atomic },
    }),
    workDir: folder,
    env: process.env,
  });
}

function laid(t: { teardown(undo: () => void): void }, { file, source }: Program): string {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-patches-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, file), source);
  return folder;
}

const compilers: Record<string, string[]> = { C: ['gcc', 'addr2line'], Go: ['go', 'addr2line'] };

for (const [name, program] of Object.entries(broken)) {
  t.test(`${name}: pasted as printed, nothing is lost any more`, async (t) => {
    if (!requires(t, { commands: ['strace', 'python3', ...(compilers[name.slice(0, 2).trim()] ?? [])] }))
      return;
    const folder = laid(t, program);
    const { findings, outcome } = await judged(folder, program);
    t.equal(outcome, 'violation');
    const patches = findings.flatMap(({ patch }) => (patch ? [patch] : []));
    t.equal(
      patches.length,
      findings.length,
      JSON.stringify(findings.map(({ fix, cause }) => [fix, cause.at(-1)?.at])),
    );
    const path = join(folder, program.file);
    writeFileSync(path, paste(readFileSync(path, 'utf8'), patches));
    const mended = await judged(folder, program);
    t.equal(
      mended.outcome,
      'pass',
      JSON.stringify([patches, mended.findings.map(({ property }) => property)]),
    );
  });
}

for (const [name, program] of Object.entries(withoutLine)) {
  t.test(`${name}: words, and no line`, async (t) => {
    if (!requires(t, { commands: ['strace'] })) return;
    const folder = laid(t, program);
    const { findings, outcome } = await judged(folder, program);
    t.equal(outcome, 'violation');
    for (const { patch, fix } of findings) {
      t.equal(patch, undefined);
      t.match(fix, program.where);
    }
    writeFileSync(join(folder, program.file), program.done);
    t.equal((await judged(folder, program)).outcome, 'pass', 'done as the words say');
  });
}

t.test('a shell script: words that name the command, which helps', async (t) => {
  if (!requires(t, { commands: ['strace'] })) return;
  const program: Program = {
    file: 'save.sh',
    run: (path) => `sh ${path}`,
    source: "#!/bin/sh\necho one > 'a b.tmp'\nmv 'a b.tmp' a\necho saved a\n",
  };
  const folder = laid(t, program);
  const { findings, outcome } = await judged(folder, program);
  t.equal(outcome, 'violation');
  const commands = findings.map(({ fix }) => /; in a shell script: (sync .*)$/.exec(fix ?? '')?.[1]);
  t.same(new Set(commands), new Set(['sync .', "sync 'a b.tmp'"]));
  const lines = program.source.split('\n');
  const own = commands.find((command) => command?.includes('tmp'))!;
  writeFileSync(
    join(folder, program.file),
    [...lines.slice(0, 2), own, lines[2], 'sync .', lines[3]].join('\n'),
  );
  t.equal((await judged(folder, program)).outcome, 'pass');
});

t.test('Rust and Go, by their text', async (t) => {
  const folder = t.testdir({
    'main.rs':
      'out.write_all(b"one")?;\nlet n = out.write(b"one").unwrap();\nreturn out.write_all(b"one");\n',
    'main.go': 'import (\n\t"os"\n)\nn, err := out.Write(one)\nif _, err := out.Write(one); err != nil {\n',
    'save.lua': 'out:write("one")\n',
  });
  const line = (after: string, target: 'file' | 'directory'): string | undefined =>
    patchFor({ after, target, path: 'd' }, join(folder, after.split(':')[0]!))?.line;
  t.equal(line('main.rs:1', 'file'), 'out.sync_all()?;');
  t.equal(line('main.rs:2', 'directory'), 'std::fs::File::open("d").unwrap().sync_all().unwrap();');
  t.equal(line('main.rs:3', 'file'), undefined, 'nothing runs behind a return');
  t.equal(line('main.go:4', 'file'), 'if err := out.Sync(); err != nil { panic(err) }');
  t.match(line('main.go:4', 'directory'), /os\.Open\("d"\)/);
  t.equal(line('main.go:5', 'file'), undefined, 'the middle of a statement');
  t.equal(line('save.lua:1', 'file'), undefined, 'not a language we know');
  t.equal(line('gone.py:1', 'file'), undefined, 'a file that is not there');
  t.equal(
    patchFor({ after: 'prog:main', target: 'file', path: 'd' }, undefined),
    null,
    'a symbol is no line',
  );
});
