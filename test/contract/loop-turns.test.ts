/** What is one mistake however often it is made: names that differ by number, by turn or by what a file holds. */
import t from 'tap';
import { LoopTurns } from '../../harness/contract/sources/loop-turns.js';
import { create, rename, replayWritten, unlink } from './written-trace.js';

const mkdir = (path: string): string => `mkdir("${path}", 0777) = 0`;
const link = (from: string, to: string): string => `link("${from}", "${to}") = 0`;
const digest = (of: string): string => of.repeat(19);

/** As git stores an object. */
const stored = (share: string, rest: string): string[] => [
  mkdir(`objects/${share}`),
  create(`objects/${share}/tmp_obj_Xy`),
  link(`objects/${share}/tmp_obj_Xy`, `objects/${share}/${rest}`),
  unlink(`objects/${share}/tmp_obj_Xy`),
];

t.test('folders that share out files named for their contents are one place', async (t) => {
  const turns = new LoopTurns(
    replayWritten([mkdir('objects'), ...stored('8b', digest('a4')), ...stored('ba', digest('1f'))]),
  );
  const alike = (one: string): boolean =>
    t.equal(turns.strip(one), turns.strip(one.replaceAll('8b', 'ba').replaceAll('a4', '1f')), one);
  alike('mkdir(objects/8b)');
  alike('fsync(objects/8b)');
  alike(`link(objects/8b/tmp_obj_Xy, objects/8b/${digest('a4')})`);
  t.not(turns.strip('mkdir(objects/8b)'), turns.strip('mkdir(objects)'));
});

t.test('a share of a share, as caches have it', async (t) => {
  const deep = (a: string, b: string): string[] => [
    mkdir(a),
    mkdir(`${a}/${b}`),
    create(`${a}/${b}/${digest('e0')}`),
  ];
  const turns = new LoopTurns(replayWritten([...deep('0f', 'aa'), ...deep('c1', 'bb')]));
  t.equal(turns.strip('fsync(0f/aa)'), turns.strip('fsync(c1/bb)'));
  t.equal(turns.strip('fsync(0f)'), turns.strip('fsync(c1)'));
});

t.test('folders whose names only look so are told apart', async (t) => {
  const turns = new LoopTurns(
    replayWritten([
      mkdir('ab'),
      mkdir('cd'),
      create('ab/notes'),
      create(`cd/${digest('a4')}`),
      create('cd/notes'),
    ]),
  );
  t.not(turns.strip('fsync(ab)'), turns.strip('fsync(cd)'));
});

t.test('a temporary name is told by what becomes of it', async (t) => {
  const turns = new LoopTurns(
    replayWritten([
      create('x.qwe'),
      rename('x.qwe', 'x'),
      create('x.rty'),
      rename('x.rty', 'x'),
      create('y.qwe'),
    ]),
  );
  t.equal(turns.strip('fsync(x.qwe)'), turns.strip('fsync(x.rty)'));
  t.not(turns.strip('fsync(x.qwe)'), turns.strip('fsync(y.qwe)'));
});
