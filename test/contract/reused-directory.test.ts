/** A directory that shows one crash state after another is what a new one would be, whatever a checker did in it. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ReusedDirectory } from '../../harness/contract/checker/reused-directory.js';
import { Content } from '../../harness/model/content.js';
import { compareTrees, type DirectoryTree, readDirectoryTree } from '../../harness/model/directory-tree.js';
import { requires } from '../require.js';

/** Names with their texts; null is a directory. */
function tree(names: Record<string, string | null>): DirectoryTree {
  const made: DirectoryTree = new Map();
  for (const [name, text] of Object.entries({ '': null, ...names })) {
    const kind = text === null ? ('directory' as const) : ('file' as const);
    const content = text === null ? null : Content.of(Buffer.from(text));
    made.set(name, { kind, identity: name, mode: text === null ? 0o755 : 0o644, content, target: null });
  }
  return made;
}

const before = tree({ dir: null, 'dir/kept': 'the same', 'dir/page': 'one', lone: 'x', other: 'y' });

function shown(t: Test): { directory: ReusedDirectory; at: (name: string) => string } {
  const home = mkdtempSync(join(tmpdir(), 'plugpull-reused-'));
  t.teardown(() => rmSync(home, { recursive: true, force: true }));
  const directory = new ReusedDirectory(join(home, 'state'));
  directory.show(before);
  return { directory, at: (name) => join(directory.path, name) };
}

t.test('what two states have in common stays, the rest is written', (t) => {
  const { directory, at } = shown(t);
  const { ino } = lstatSync(at('dir/kept'));
  const after = tree({ dir: null, 'dir/kept': 'the same', 'dir/page': 'two', other: null, new: 'z' });
  directory.show(after);
  t.same(compareTrees(after, readDirectoryTree(directory.path)), []);
  t.equal(lstatSync(at('dir/kept')).ino, ino, 'it is the same file');
  directory.show(before);
  t.same(compareTrees(before, readDirectoryTree(directory.path)), []);
  t.equal(lstatSync(at('dir/kept')).ino, ino);
  t.end();
});

function setAttribute(path: string): void {
  const set = 'import os, sys; os.setxattr(sys.argv[1], "user.left", b"here")';
  execFileSync('python3', ['-c', set, path]);
}

const deeds: Record<string, (at: (name: string) => string) => void> = {
  'bytes, with the time of their change put back': (at) => {
    const { atime, mtime } = lstatSync(at('dir/kept'));
    writeFileSync(at('dir/kept'), 'THE SAME');
    utimesSync(at('dir/kept'), atime, mtime);
  },
  'a length': (at) => truncateSync(at('dir/kept'), 3),
  'more bytes': (at) => appendFileSync(at('dir/kept'), '!'),
  'a mode': (at) => chmodSync(at('dir/kept'), 0o600),
  'an attribute of a file': (at) => setAttribute(at('dir/kept')),
  'an attribute of a directory': (at) => setAttribute(at('dir')),
  'a mode of a directory': (at) => chmodSync(at('dir'), 0o700),
  'another file with the same bytes and another name': (at) => linkSync(at('lone'), at('dir/second')),
  'a file in the place of another': (at) => renameSync(at('lone'), at('other')),
  'a directory in the place of a file': (at) => {
    rmSync(at('lone'));
    mkdirSync(at('lone'));
    writeFileSync(join(at('lone'), 'in it'), '');
  },
  'a link in the place of a directory': (at) => {
    renameSync(at('dir'), `${at('')}/../away`);
    symlinkSync('../away', at('dir'));
  },
  'nothing left': (at) => rmSync(at(''), { recursive: true }),
};

for (const [deed, does] of Object.entries(deeds))
  t.test(`put right after a checker left ${deed}`, (t) => {
    if (!requires(t, { commands: ['python3'] })) return t.end();
    const { directory, at } = shown(t);
    does(at);
    directory.show(before);
    const found = readDirectoryTree(directory.path);
    t.same(compareTrees(before, found), []);
    t.same(
      [...found].map(([name, { mode, xattrs }]) => [name, mode, xattrs]).sort(),
      [...before].map(([name, { mode }]) => [name, mode, {}]).sort(),
    );
    t.equal(lstatSync(at('lone')).nlink, 1);
    t.equal(readFileSync(at('dir/kept'), 'utf8'), 'the same');
    t.end();
  });
