/** Lanes that do not answer any more, since their checker hangs: whoever waits is told, and they are ended. */
import t from 'tap';
import type { ToLane } from '../../harness/explore/lane/messages.js';
import type { LaneClient } from '../../harness/explore/lane-client.js';
import { LanePool } from '../../harness/explore/lane-pool.js';

class SilentLane implements LaneClient {
  readonly name = 'silent';
  readonly folder = '/nowhere';
  readonly kernel = Promise.resolve('none');
  readonly heard: ToLane[] = [];
  closed: { atOnce?: boolean } | undefined;

  async begin(): Promise<void> {}

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
