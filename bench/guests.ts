/**
 * Guests: how long one takes until its agent answers, a scenario in a guest that is there already, and recoveries a
 * second inside one, each against the host or the goal in the same run.
 */
import { join } from 'node:path';
import { type LaneClient, startLanes } from '../harness/explore/lane-client.js';
import { LanePool } from '../harness/explore/lane-pool.js';
import { GuestPlaces } from '../harness/run/recording/guest-run-place.js';
import { hostRunPlace } from '../harness/run/recording/host-run-place.js';
import type { RunPlace } from '../harness/run/recording/run-place.js';
import { loadScenario } from '../harness/scenario/load.js';
import { scenario } from '../harness/scenario/schema/scenario.js';
import { workloadsFolder } from '../harness/scenario/workloads-folder.js';
import { guestImages } from '../vm/image/guest-images.js';
import { chooseAccelerator } from '../vm/machine/accelerator.js';
import { Machine } from '../vm/machine/machine.js';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';
import { checkoutFolder } from './checkout.js';
import { median } from './median.js';
import { recordTrace } from './recorded-trace.js';

const bootGoalMs = 10_000;
const recoveriesPerRound = 20;
const kernel = 'cloud';

export const guestBoot: Benchmark = {
  name: 'guest_boot',
  about: 'from starting QEMU to the first answer of the agent, images built; baseline: the goal',
  goal: 1,
  better: 'less',
  async measure(context) {
    const { lab, signal, say } = context;
    const images = await guestImages({ kernel, signal, onStep: say });
    const accelerator = await chooseAccelerator(images);
    const times: number[] = [];
    for (let round = repeats(5, context); round > 0; round--) {
      const started = performance.now();
      const machine = await Machine.start({ images, accelerator, space: lab.space, signal });
      times.push(performance.now() - started);
      await machine.pullPlug();
    }
    return {
      value: median(times),
      baseline: bootGoalMs,
      unit: 'ms',
      details: { accelerator, kernel: images.kernelRelease, fastest_ms: Math.min(...times) },
    };
  },
};

export const guestRecording: Benchmark = {
  name: 'guest_recording',
  about: 'recording scenarios/seeds/directory-sync.yaml in a guest that is there; baseline: on the host',
  goal: null,
  better: 'less',
  measure: (context) =>
    withGuests(context, async (guest) => {
      const loaded = loadScenario(join(checkoutFolder, 'scenarios/seeds/directory-sync.yaml'));
      const record = async (place: RunPlace): Promise<number> => {
        const started = performance.now();
        await place.record({
          loaded,
          storageIndex: 0,
          recording: 0,
          traceFolder: context.lab.path('trace'),
          space: context.lab.space,
          workloads: workloadsFolder,
          signal: context.signal,
        });
        return performance.now() - started;
      };
      const host = hostRunPlace({});
      context.say('booting');
      await record(guest);
      const inGuest: number[] = [];
      const onHost: number[] = [];
      for (let round = repeats(5, context); round > 0; round--) {
        inGuest.push(await record(guest));
        onHost.push(await record(host));
      }
      return { value: median(inGuest), baseline: median(onHost), unit: 'ms', details: {} };
    }),
};

export const guestRecoveries: Benchmark = {
  name: 'guest_recoveries',
  about: 'ext4: recoveries a second inside one guest; baseline: one lane of the host, same crash state',
  goal: null,
  better: 'more',
  measure: (context) =>
    withGuests(context, async (guest) => {
      const { lab, signal } = context;
      const input = {
        name: 'guest-recoveries',
        workload: { run: 'python3 $WORKLOADS/seeds/directory_sync.py' },
        ack: { stdout: '^(Synced .+)$' },
      };
      const recorded = await recordTrace(context, input);
      const point = recorded.traced.points.findLast(({ reason }) => reason === 'ack')!.id;
      const loaded = { file: null, input, scenario: scenario.parse(input) };
      const storage = loaded.scenario.storage[0]!;
      const rate = async (lanes: LaneClient[]): Promise<number> => {
        const pool = await LanePool.start({ traceFolder: recorded.folder, lanes }, () => {});
        try {
          const times: number[] = [];
          for (let round = repeats(5, context); round > 0; round--) {
            signal.throwIfAborted();
            const started = performance.now();
            for (let i = 0; i < recoveriesPerRound; i++) await pool.judge(point, [], { fromMemory: false });
            times.push(performance.now() - started);
          }
          return (recoveriesPerRound * 1000) / median(times);
        } finally {
          await pool.close();
        }
      };
      const { space } = lab;
      const inGuest = await rate(guest.startLanes({ space, storage, loaded, workloads: workloadsFolder }));
      const onHost = await rate(startLanes({ space, fs: storage.fs, lanes: 1 }));
      recorded.trace.close();
      return { value: inGuest, baseline: onHost, unit: 'recoveries/s', details: {} };
    }),
};

async function withGuests(
  { signal, say }: BenchContext,
  action: (guest: RunPlace) => Promise<Measured>,
): Promise<Measured> {
  const places = new GuestPlaces({ lanes: 1, signal, onStep: say });
  try {
    const asked = scenario.parse({
      name: 'guest',
      workload: { run: 'true' },
      place: 'vm',
      vm: { recover: 'guest' },
    });
    return await action(places.place(asked, kernel));
  } finally {
    await places.close();
  }
}
