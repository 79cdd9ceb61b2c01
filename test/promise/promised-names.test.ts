/** What promised names mean that lead to files elsewhere, or are directories. */
import t from 'tap';
import { promisedNames, type SeenThings } from '../../harness/promise/promised-names.js';
import { promise } from '../../harness/scenario/schema/promise.js';

/** Names that end in `/` are directories; `->` leads on. */
function seen(...names: string[]): SeenThings {
  const things = new Map<string, { type: 'file' | 'directory' | 'symlink'; target?: string }>();
  for (const name of names) {
    const [path = '', target] = name.split('->');
    if (target !== undefined) things.set(path, { type: 'symlink', target });
    else if (path.endsWith('/')) things.set(path.slice(0, -1), { type: 'directory' });
    else things.set(path, { type: 'file' });
  }
  return things;
}

const asked = (input: Parameters<typeof promise.parse>[0], ...moments: SeenThings[]) =>
  promisedNames(promise.parse(input), moments, '/w');

t.test('a file behind a link is promised with it', async (t) => {
  const whole = (...moments: SeenThings[]): string[] =>
    asked({ atomic: ['f', '*.json'] }, ...moments).promises.atomic.slice(2);
  t.same(whole(seen('f->d/real', 'd/', 'd/real')), ['d/real'], 'in a directory');
  t.same(whole(seen('f->d/g', 'd/', 'd/g->real', 'd/real')), ['d/real'], 'through another link');
  t.same(whole(seen('f->d/x/../real', 'd->e', 'e/', 'e/real')), ['e/real'], 'through a directory’s link');
  t.same(whole(seen('f->/w/real', 'real')), ['real'], 'by its full path');
  t.same(whole(seen('a.json->real', 'real')), ['real'], 'named by a glob');
  t.same(whole(seen('g->real', 'real', 'f')), [], 'a link of another name');
  t.same(whole(seen('f->f')), [], 'a link to itself');
  const files = (...moments: SeenThings[]) => asked({ files: ['f'] }, ...moments).promises.linked?.files;
  t.same(files(seen('f->real', 'real')), ['f'], 'where it leads is asked of each ack');
  t.same(files(seen('g->real', 'real', 'f')), undefined);
  t.same(asked({ files: ['f'], ignore: ['f'] }, seen('f->real', 'real')).promises.linked, undefined);
});

t.test('a link that leads elsewhere later is followed, one out of the directory is not', async (t) => {
  const [before, after] = [seen('f->v0', 'v0'), seen('f->v1', 'v0', 'v1')];
  const switched = asked({ atomic: ['f'] }, before, after);
  t.same(switched.doubts, []);
  t.same(switched.promises.linked, { files: [], atomic: ['f'], rootPath: '/w' });
  t.same(asked({ files: ['f'] }, before, after).doubts, []);
  const above = [seen('cur->a', 'a/', 'a/f'), seen('cur->b', 'b/', 'b/f')];
  const through = asked({ atomic: ['cur/f'] }, ...above);
  t.same([through.promises.linked?.atomic, through.reached], [['cur/f'], ['cur/f']], 'a directory’s link');
  for (const kind of ['files', 'atomic'] as const) {
    t.match(asked({ [kind]: ['f'] }, seen('f->../out')).doubts, [/f is a symbolic link out of/]);
    t.match(asked({ [kind]: ['f'] }, seen('f->/else')).doubts, [/f is a symbolic link out of/]);
    t.same(asked({ [kind]: ['**'] }, seen('bin->/usr/bin')).doubts, [], 'it was not named');
  }
  t.same(asked({ snapshot: true }, before, after).doubts, [], 'everything is promised by its own name');
});

t.test('a directory alone promises nothing of what is in it', async (t) => {
  const moment = seen('d/', 'd/a');
  t.match(asked({ files: ['d'] }, moment).doubts, [/d is a directory.* d\/\*\* names what is in it/]);
  t.match(asked({ files: ['./d/'] }, moment).doubts, [/d is a directory/]);
  t.same(asked({ files: ['d', 'd/*'] }, moment).doubts, []);
  t.same(asked({ files: ['d'], snapshot: true }, moment).doubts, []);
  t.same(asked({ files: ['d'] }, seen('d/')).doubts, [], 'there is nothing in it');
  t.same(asked({ gone: ['d'] }, moment).doubts, []);
});
