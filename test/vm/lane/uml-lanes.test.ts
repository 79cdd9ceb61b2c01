/** Lanes in User-mode Linux: the verdicts of the host's lanes, and what becomes of a guest that does not live to give one. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type LaneClient, startLanes } from '../../../harness/explore/lane-client.js';
import { LanePool } from '../../../harness/explore/lane-pool.js';
import { LeafBook } from '../../../harness/explore/leaf-book.js';
import { explorable } from '../../../harness/explore/recording.js';
import { hostRunPlace } from '../../../harness/run/recording/host-run-place.js';
import { parseScenario } from '../../../harness/scenario/load.js';
import { cleanRun } from '../../../harness/state/clean.js';
import { commandName, processesMarked } from '../../../harness/state/processes.js';
import { RunSpace, runMark } from '../../../harness/state/run-space.js';
import { openTrace } from '../../../harness/trace/trace.js';
import { type UmlKernel, umlKernel } from '../../../vm/image/uml-kernel.js';
import { startUmlLanes } from '../../../vm/lane/uml/uml-lane.js';
import { Bench, checkout, hostNeed } from '../../e2e/plugpull.js';
import { requires } from '../../require.js';

const bench = new Bench();
process.env.PLUGPULL_STATE_DIR = bench.stateFolder;
const space = RunSpace.create();
t.teardown(() => {
  cleanRun(space.id);
  bench.close();
});

const able = { ...hostNeed, commands: ['nbdfuse', 'python3', 'setpriv', 'apt-get', 'dpkg-deb', 'depmod'] };
const workloads = join(checkout, 'workloads');
let number = 0;

/** Records a scenario given as YAML; its trace's folder. */
async function recorded(yaml: string): Promise<string> {
  const name = `lanes-${number++}`;
  const traceFolder = join(bench.folder, name);
  await hostRunPlace({}).record({
    loaded: parseScenario(`name: ${name}\n${yaml}`, join(bench.folder, `${name}.yaml`)),
    storageIndex: 0,
    recording: 0,
    traceFolder,
    space,
    workloads,
  });
  return traceFolder;
}

function umlLanes(
  traceFolder: string,
  kernel: UmlKernel,
  options: { lanes?: number; limitMs?: number } = {},
) {
  const { size_bytes, scenario, storage } = openTrace(traceFolder).manifest;

  const lanes = options.lanes ?? 1;
  return startUmlLanes({
    space,
    kernel: Promise.resolve(kernel),
    storage: scenario.storage[storage]!,
    sizeBytes: size_bytes!,
    ...options,
    lanes,
  });
}

/** Explores a trace whole; everything that was found, in words, and how many recoveries it took. */
async function explored(traceFolder: string, lanes: readonly LaneClient[]): Promise<string[]> {
  const trace = openTrace(traceFolder);
  const { points, recording } = explorable(trace);
  const book = new LeafBook(recording.pieces);
  const pool = await LanePool.start({ traceFolder, lanes }, (leaf) =>
    book.add(leaf.point, { ...leaf, nested: leaf.nested?.problems }),
  );
  try {
    const whole = { limit: Number.MAX_SAFE_INTEGER, alone: false };
    const ended = await Promise.all(points.map(({ id }) => pool.explore(id, whole)));
    if (!ended.every(({ complete }) => complete)) throw new Error('not explored whole');
  } finally {
    await pool.close();
    trace.close();
  }
  return book
    .sightings()
    .map(({ signature, point, lost, problem }) =>
      JSON.stringify([signature, point, lost, problem.outcome === 'unknown' ? problem.detail : '']),
    );
}

/** Scenarios that use what a recoverer can do; of each, the host's lane and UML's must find the same. */
const compared: Record<string, string> = {
  'ext4, a persistent checker, fsck after each': `
workload: {run: 'echo one > f; echo "ack 1"'}
ack: {stdout: '^ack (.+)$'}
checker: {run: 'python3 ${checkout}/bench/programs/read_all.py', persistent: true}
promise: {snapshot: true}
explore: {fsck: after}
storage: [{fs: ext4}]`,
  'ext2, recovery crashed again': `
workload: {run: 'echo one > f; echo "ack 1"'}
ack: {stdout: '^ack (.+)$'}
explore: {nested: true}
storage: [{fs: ext2}]`,
};

t.test('the same sightings as on the host', { timeout: 500_000 }, async (t) => {
  if (!requires(t, { ...able, fs: ['ext4', 'ext2'] })) return;
  const kernel = await umlKernel('uml', {});
  for (const [name, yaml] of Object.entries(compared)) {
    const traceFolder = await recorded(yaml);
    const { fs } = openTrace(traceFolder).manifest.scenario.storage[0]!;
    const onHost = await explored(traceFolder, startLanes({ space, fs, lanes: 1 }));
    const inUml = await explored(traceFolder, umlLanes(traceFolder, kernel));
    t.strictSame(inUml, onHost, name);
    // A comparison of nothing with nothing would show nothing.
    t.ok(onHost.length > 0, `${name}: found`);
  }
});

t.test(
  'what a recovery left is judged for other acks without recovering again',
  { timeout: 500_000 },
  async (t) => {
    if (!requires(t, { ...able, fs: ['ext4'] })) return;
    const traceFolder = await recorded(`
workload: {run: 'echo one > f; sync f; for i in 1 2 3 4; do echo "ack $i"; done'}
ack: {stdout: '^ack (.+)$'}
storage: [{fs: ext4}]`);
    const trace = openTrace(traceFolder);
    t.teardown(() => trace.close());
    const { points } = explorable(trace);
    const recovered = new Set<number>();
    const lanes = umlLanes(traceFolder, await umlKernel('uml', {}));
    const pool = await LanePool.start({ traceFolder, lanes }, ({ point, remembered }) => {
      if (!remembered) recovered.add(point);
    });
    try {
      for (const { id, disk } of points)
        await pool.explore(id, { limit: Number.MAX_SAFE_INTEGER, alone: false, disk });
    } finally {
      await pool.close();
    }
    const again = points.filter(({ disk }, at) => points.slice(0, at).some((before) => before.disk === disk));
    t.ok(again.length >= 3, `${again.length} crash points have the disk of another one`);
    t.strictSame(
      again.filter(({ id }) => recovered.has(id)),
      [],
    );
    t.ok(recovered.size > 0, 'the others were recovered');
  },
);

t.test(
  'a guest that dies costs its crash state the verdict; the next one is judged by another',
  async (t) => {
    if (!requires(t, able)) return;
    const kernel = await umlKernel('uml', {});
    const checker = join(bench.folder, 'checker.sh');
    // What a crash state holds decides what becomes of its guest.
    writeFileSync(
      checker,
      '#!/bin/sh\nif [ -e panics ]; then echo c > /proc/sysrq-trigger; sleep 600; fi\n[ ! -e hangs ] || sleep 600\n',
      { mode: 0o755 },
    );
    const traceFolder = await recorded(`
workload: {run: 'echo f; sync -f .; echo ack; echo > panics; sync -f .; echo ack; mv panics hangs; sync -f .; echo ack'}
ack: {stdout: '^(ack)$'}
checker: {run: '${checker}', timeout: 8s}
storage: [{fs: ext4}]`);
    const trace = openTrace(traceFolder);
    const [quiet, panics, hangs] = [1, 2, 3].map(
      (acks) => explorable(trace).points.find((point) => point.reason === 'ack' && point.acks === acks)!.id,
    );
    trace.close();
    const poolWith = async (limitMs?: number): Promise<LanePool> => {
      const lanes = umlLanes(traceFolder, kernel, limitMs === undefined ? {} : { limitMs });
      const started = await LanePool.start({ traceFolder, lanes }, () => {});
      t.teardown(() => started.close());
      return started;
    };
    let pool = await poolWith();
    const judge = async (point: number): Promise<string[]> =>
      (await pool.judge(point, [], { fromMemory: false })).problems.map(
        ({ outcome, detail }) => `${outcome}: ${detail}`,
      );
    const guest = (): number =>
      processesMarked(runMark, space.id).find((pid) => commandName(pid)?.startsWith('linux'))!;
    t.strictSame(await judge(quiet!), []);
    t.match(await judge(panics!), [/^unknown: the guest ended .*console ended with:.*Kernel panic/s]);
    t.strictSame(await judge(quiet!), [], 'another guest is there');
    process.kill(guest(), 'SIGKILL');
    t.match(await judge(quiet!), [/^unknown: the guest ended \(signal 9\)/], 'killed');
    t.match(await judge(hangs!), [/^unknown: .*checker/], 'a checker that hangs is no lost guest');
    await pool.close();
    // A limit that is waited for; the guests before had time.
    pool = await poolWith(2000);
    process.kill(guest(), 'SIGSTOP');
    t.match(await judge(quiet!), [/^unknown: the guest did not answer within 10 s/], 'stopped');
    t.strictSame(await judge(quiet!), []);
  },
);

t.test(
  'a program that ends before it connects is told, and no lane waits for it',
  { timeout: 500_000 },
  async (t) => {
    if (!requires(t, able)) return;
    const kernel = await umlKernel('uml', {});
    const traceFolder = await recorded(`
workload: {run: 'echo one > f'}
storage: [{fs: ext4}]`);
    const lanes = umlLanes(traceFolder, { ...kernel, program: '/bin/false' });
    await t.rejects(
      LanePool.start({ traceFolder, lanes }, () => {}),
      /does not start: the guest ended \(exit code 1\)/,
    );
    await lanes[0]!.close();
  },
);

t.test(
  'a lane that is killed takes its guest with it, and leaves no memory',
  { timeout: 500_000 },
  async (t) => {
    if (!requires(t, able)) return;
    const kernel = await umlKernel('uml', {});
    const traceFolder = await recorded(`
workload: {run: 'echo one > f'}
storage: [{fs: ext4}]`);
    const lanes = umlLanes(traceFolder, kernel);
    const pool = await LanePool.start({ traceFolder, lanes }, () => {});
    pool.failure.catch(() => {});
    const marked = processesMarked(runMark, space.id);
    const lane = marked.find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('uml-lane-process'),
    )!;
    const guests = marked.filter((pid) => commandName(pid)?.startsWith('linux'));
    t.ok(guests.length > 0);
    process.kill(lane, 'SIGKILL');
    const gone = (): boolean => guests.every((pid) => !existsSync(`/proc/${pid}`) || commandName(pid) === '');
    for (let waited = 0; waited < 3000 && !gone(); waited++)
      await new Promise((next) => setTimeout(next, 20));
    t.ok(gone(), 'the guest is gone');
    await lanes[0]!.close();
  },
);
