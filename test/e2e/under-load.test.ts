/** How busy the machine is changes how long a run takes, and nothing that it says. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, checkout } from './plugpull.js';

/**
 * One mistake at the very end of the search, and a checker: a search that gave up sooner under load would pass. The checker
 * takes its time and little of the processor's, for each of which the busy processes take four.
 */
const scenario = {
  name: 'late-bug',
  workload: { run: `python3 ${join(checkout, 'test/cases/programs/last_name_unsynced.py')}` },
  ack: { stdout: '^saved (.*)$' },
  checker: {
    run: 'sleep 0.05; n=1; while [ $n -le $PLUGPULL_ACKS ]; do [ -e f$n ] || { echo "f$n is gone"; exit 1; }; n=$((n + 1)); done',
  },
  engine: ['contract'],
};

async function said(bench: Bench, file: string): Promise<unknown> {
  const { results } = await bench.run([file], { timeoutMs: 280_000 });
  return results.runs.map(({ verdict, contract, coverage, findings, notes, protocols }) => ({
    ...{ verdict, contract, coverage, notes },
    findings: findings.map(({ id, property, cause, crash_point: at, lost }) => ({
      ...{ id, property, cause, lost },
      // Not the line of the log: strace writes another one where a call was interrupted.
      crash_point: at && { reason: at.reason, acks: at.acks, last_ack: at.last_ack },
    })),
    repairs: protocols?.map(({ repair }) => repair),
  }));
}

/** This process, and what it starts from here on, gets one processor: the others are for other tests. */
function onOneProcessor(): void {
  const [first] = /[0-9]+/.exec(
    /^Cpus_allowed_list:.*$/m.exec(readFileSync('/proc/self/status', 'utf8'))![0],
  )!;
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', first, `${process.pid}`]);
}

t.test('a run alone and one beside four busy processes on its processor say the same', async (t) => {
  if (!requires(t, { commands: ['python3', 'strace', 'taskset'] })) return;
  onOneProcessor();
  const bench = new Bench();
  t.teardown(() => bench.close());
  const file = join(bench.folder, 'late-bug.yaml');
  // What is JSON is YAML.
  writeFileSync(file, JSON.stringify(scenario));
  const alone = await said(bench, file);
  const busy = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  try {
    t.strictSame(await said(bench, file), alone);
  } finally {
    for (const child of busy) child.kill('SIGKILL');
  }
  t.match(alone, [{ contract: 'violation', coverage: [{ exhaustive: true }] }]);
});
