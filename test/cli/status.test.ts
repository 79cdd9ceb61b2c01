/** The progress that a run shows: how long it still takes is told by the pace of what is being explored. */
import type { WriteStream } from 'node:tty';
import t, { type Test } from 'tap';
import { Status } from '../../harness/cli/status.js';
import { loadScenario } from '../../harness/scenario/load.js';

function shown(t: Test): { status: Status; lines: string[]; at(seconds: number): void } {
  const lines: string[] = [];
  const stream = { isTTY: false, columns: 120, write: (text: string) => lines.push(text) > 0 };
  const started = Date.now();
  let now = started;
  const own = Date.now;
  Date.now = () => now;
  t.teardown(() => {
    Date.now = own;
  });
  const status = new Status(stream as unknown as WriteStream, 'none');
  return {
    status,
    lines,
    at: (seconds) => {
      now = started + seconds * 1000;
    },
  };
}

t.test('the time left falls, and a further recording starts anew', async (t) => {
  const { status, lines, at } = shown(t as Test);
  const loaded = loadScenario('scenarios/seeds/atomic-replace.yaml');
  status.runStarted({ loaded } as Parameters<Status['runStarted']>[0], 0, 1);
  const progress = (pointsDone: number, recoveries: number): void =>
    status.progress({
      ...{ points: 10, pointsDone, recoveries, violations: 0 },
      states: BigInt(pointsDone),
      totalStates: 10n,
    });
  for (let step = 0; step <= 4; step++) {
    at(step * 11);
    progress(step, step * 5);
  }
  // The second recording, as slow as the first.
  for (let step = 0; step <= 2; step++) {
    at(100 + step * 11);
    progress(step, step * 5);
  }
  // Slower than before: how long it takes now is longer than was said.
  for (let step = 3; step <= 4; step++) {
    at(122 + (step - 2) * 60);
    progress(step, step * 5);
  }
  const left = lines.flatMap((line) => / about (\d+) s left/.exec(line)?.[1] ?? []).map(Number);
  t.same(left, [99, 88, 77, 66, 99, 88]);
});
