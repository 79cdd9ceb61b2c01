import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Bench } from '../e2e/plugpull.js';
import { extLookalike, flushed, foreignPair, marked, written } from './foreign-log.js';

const bench = new Bench();
t.teardown(() => bench.close());

const image = extLookalike(1024 * 1024);
const entries = [written(100, Buffer.alloc(4096, 1)), flushed, marked('saved 1'), marked("it's safe")];
const pair = foreignPair(bench.folder, 'made', image, entries);
const trace = join(bench.folder, 'trace');

t.before(async () => {
  await bench.plugpull(['import', '--base', pair.base, '--log', pair.log, '--fs', 'ext4', '--to', trace]);
});

t.test('what was imported comes out as it went in', async (t) => {
  const to = join(bench.folder, 'exported');
  const { exitCode, stdout } = await bench.plugpull(['export', trace, '--to', to, '--json']);
  t.equal(exitCode, 0);
  t.match(JSON.parse(stdout), { schema: 'plugpull.export/1', entries: 4, marks: ['saved 1', "it's safe"] });
  t.same(readdirSync(to), ['base.img', 'disk.log']);
  t.ok(readFileSync(join(to, 'base.img')).equals(image));
  t.ok(readFileSync(join(to, 'disk.log')).equals(readFileSync(pair.log)));
  t.ok(statSync(join(to, 'base.img')).blocks * 512 < image.length / 2, 'sparse');
});

t.test('says how to replay it, quoted for a shell', async (t) => {
  const { stdout } = await bench.plugpull(['export', trace, '--to', join(bench.folder, 'again')]);
  t.match(stdout, /4 entries, 2 of them marks/);
  t.match(stdout, /replay-log --log \S+disk\.log --replay \S+replayed\.img --end-mark 'it'\\''s safe'$/);
});

t.test('refuses what is no trace, and to overwrite', async (t) => {
  const none = await bench.plugpull([
    'export',
    join(bench.folder, 'nowhere'),
    '--to',
    join(bench.folder, 'x'),
  ]);
  t.equal(none.exitCode, 64);
  t.match(none.stderr, /nowhere is not a trace/);
  const full = await bench.plugpull(['export', trace, '--to', bench.folder]);
  t.equal(full.exitCode, 64);
  t.match(full.stderr, /--to .*: expected an empty folder, found \d+ entries/);
});
