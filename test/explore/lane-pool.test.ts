/**
 * Lanes that do not answer any more, since their checker hangs: whoever waits is told, and they are ended. And lanes that
 * there is no work for: they are not begun with.
 */
import t from 'tap';
import type { FromLane, ToLane } from '../../harness/explore/lane/messages.js';
import type { LaneClient } from '../../harness/explore/lane-client.js';
import { LanePool } from '../../harness/explore/lane-pool.js';

class SilentLane implements LaneClient {
  readonly name = 'silent';
  readonly folder = '/nowhere';
  readonly kernel = Promise.resolve('none');
  readonly heard: ToLane[] = [];
  closed: { atOnce?: boolean } | undefined;
  /** How to speak as it; null while nobody began with it. */
  tell: ((message: FromLane) => void) | null = null;

  start(): void {}

  async begin(_setup: unknown, onMessage: (message: FromLane) => void): Promise<void> {
    this.tell = onMessage;
  }

  send(task: ToLane): void {
    this.heard.push(task);
  }

  async close(how?: { atOnce?: boolean }): Promise<void> {
    this.closed = how;
  }
}

t.test('lanes that hang are given up', async (t) => {
  const lane = new SilentLane();
  const pool = await LanePool.start({ traceFolder: '/nowhere', lanes: [lane] }, () => {});
  const explored = pool.explore(0, { limit: 10, alone: false });
  const waiting = pool.explore(1, { limit: 10, alone: false });
  const judged = pool.judge(2, [], { fromMemory: false });
  const refused = t.rejects(judged, { name: 'LanesGivenUp' });
  pool.abandon();
  t.match(await explored, { point: 0, complete: false });
  t.match(await waiting, { point: 1, complete: false });
  await refused;
  t.match(
    await pool.explore(3, { limit: 10, alone: true }),
    { complete: false },
    'nothing is begun any more',
  );
  await t.rejects(pool.judge(4, [], { fromMemory: true }), { name: 'LanesGivenUp' });
  t.match(lane.heard.at(-1), { type: 'stop' });
  await pool.close();
  t.same(lane.closed, { atOnce: true });
});

t.test('a pool that ends in order asks its lanes to', async (t) => {
  const lane = new SilentLane();
  const pool = await LanePool.start({ traceFolder: '/nowhere', lanes: [lane] }, () => {});
  await pool.close();
  t.same(lane.closed, { atOnce: false });
});

const silentLanes = (count: number): SilentLane[] => Array.from({ length: count }, () => new SilentLane());
const begun = (lanes: readonly SilentLane[]): number => lanes.filter(({ tell }) => tell !== null).length;

t.test('a short exploration is left to one lane', async (t) => {
  const lanes = silentLanes(3);
  const pool = await LanePool.start({ traceFolder: '/nowhere', lanes, recoveriesALane: 10 }, () => {});
  void pool.explore(0, { limit: 100, alone: false, memory: 0 });
  void pool.explore(1, { limit: 100, alone: false, memory: 1 });
  const leaf = { type: 'leaf' as const, task: 0, point: 0, decisions: [], problems: [] };
  for (let i = 0; i < 50; i++) lanes[0]!.tell!({ ...leaf, remembered: true });
  t.equal(begun(lanes), 1, 'what is known takes no recovery');
  for (let i = 0; i < 10; i++) lanes[0]!.tell!({ ...leaf, remembered: false });
  t.equal(begun(lanes), 2, 'recoveries that were made');
  for (let i = 0; i < 5; i++) lanes[0]!.tell!({ ...leaf, remembered: false });
  t.equal(begun(lanes), 2);
  await pool.close();
  t.ok(
    lanes.every(({ closed }) => closed),
    'all are closed, begun or not',
  );
});

t.test("a long one is everybody's from the start", async (t) => {
  const lanes = silentLanes(3);
  const pool = await LanePool.start({ traceFolder: '/nowhere', lanes, recoveriesALane: 10 }, () => {});
  for (let id = 0; id < 10; id++) void pool.explore(id, { limit: 100, alone: false, memory: id });
  t.equal(begun(lanes), 3, 'recoveries that are to be expected');
  await pool.close();
});
