/** What a report shows of a contract finding: one crash that the model allows, as calls and as files. */
import t from 'tap';
import { shownCrash } from '../../harness/contract/shown-crash.js';
import { changedFiles, looksOf } from '../../harness/explain/changed-files.js';
import { sceneCalls } from '../../harness/explain/scene-calls.js';
import { sceneDocument } from '../../harness/verdict/scene.js';
import { fatesAt } from '../../reports/html/page/fates.js';
import {
  ack,
  close,
  create,
  directorySynced,
  judgeWritten,
  rename,
  sync,
  type WrittenOptions,
  write,
} from './written-trace.js';

/** The scene of the first finding, as a report reads it. */
function sceneOf(calls: readonly string[], options: WrittenOptions = {}, id = 'C1') {
  const { history, breaches, findings } = judgeWritten(calls, options);
  const told = breaches.get(id);
  if (!told) throw new Error(`no ${id} among ${findings.map((one) => one.id).join(', ')}`);
  const crash = shownCrash(history, told);
  const [before, promised, after] = [crash.before, crash.promised, crash.after].map(looksOf);
  return sceneDocument.parse({
    schema: 'plugpull.scene/1',
    finding: id,
    ...sceneCalls(history, crash),
    files: changedFiles({ before: before!, promised: promised!, after: after!, paths: [] }).files,
  });
}

/** A file's content before, as promised and after the crash; null: no such file. */
function contents({ files }: ReturnType<typeof sceneOf>): Record<string, (string | null)[]> {
  return Object.fromEntries(
    files!.map(({ path, before, promised, after }) => [
      path,
      [before, promised, after].map((state) => state && Buffer.from(state.data, 'base64').toString()),
    ]),
  );
}

t.test('a file that was never synced: its bytes are lost, its name is kept', async (t) => {
  const scene = sceneOf([create('a'), write('a', 'text'), close(), ...directorySynced(), ack()]);
  t.same(contents(scene), { a: [null, 'text', ''] });
  t.same(
    scene.events.map((event) => (event.kind === 'call' ? event.text : event.kind)),
    ['creat(a)', 'write(a, 0, 4)', 'fsync(.)', 'ack'],
  );
  t.match(scene.points[scene.cut], { at: 4, acks: 1, reason: 'ack' });
  t.same(fatesAt(scene, scene.cut), ['durable', 'lost', null, null]);
  const first = scene.points.findIndex(({ reason }) => reason === 'sync_call');
  t.match(scene.points[first], { at: 2, acks: 0 });
  t.same(
    fatesAt(scene, first),
    ['pending', 'pending', null, null],
    'before the sync call nothing is decided',
  );
});

t.test('a name that was never synced is lost with all that it leads to', async (t) => {
  const scene = sceneOf([create('a'), write('a', 'text'), sync('a'), ack()]);
  t.same(contents(scene), { a: [null, 'text', null] });
  t.same(fatesAt(scene, scene.cut), ['lost', 'durable', null, null]);
});

t.test('a replaced file whose new bytes are lost: what the promise of whole versions forbids', async (t) => {
  const calls = [create('t'), write('t', 'new'), rename('t', 'c'), ...directorySynced(), ack()];
  const scene = sceneOf(calls, { files: { c: 'old' }, promises: { atomic: ['c'], snapshot: false } });
  const [before, , after] = contents(scene).c!;
  t.equal(before, 'old');
  t.not(after, 'old');
  t.not(after, 'new');
  t.ok(scene.cut >= 0, 'the crash is one of the points to step through');
  const fates = fatesAt(scene, scene.cut);
  t.ok(fates.includes('lost') || fates.includes('torn'), fates.join());
});

t.test('the second of two findings has a scene of its own', async (t) => {
  const calls = [create('a'), write('a', 'text'), close(), ack('one')];
  t.same(contents(sceneOf(calls, {}, 'C1')), { a: [null, 'text', null] });
  t.same(contents(sceneOf(calls, {}, 'C2')), { a: [null, 'text', ''] });
});
