/**
 * Workloads a second of the probe, all crash states of each, beside what CrashMonkey needed for one: 4.6 s in a virtual
 * machine (Mohan et al., "Finding Crash-Consistency Bugs with Bounded Black-Box Crash Testing", OSDI 2018, section 6).
 *
 * The start of the lanes and mkfs do not count: they are done once, whatever the number of workloads.
 */
import { probeConfig } from '../harness/probe/config.js';
import { hostPlace } from '../harness/probe/place.js';
import { probeStorage } from '../harness/probe/probe-storage.js';
import type { FileSystem } from '../harness/scenario/schema/storage.js';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';

const crashMonkeySeconds = 4.6;
/** On two cores. */
const goalPerSecond = 50;

export function probing(fs: FileSystem): Benchmark {
  return {
    name: `probe_${fs}`,
    about: `${fs}: workloads of one core operation a second, all crash states; baseline: one virtual machine of CrashMonkey, as published`,
    goal: fs === 'ext4' ? goalPerSecond * crashMonkeySeconds : null,
    better: 'more',
    measure: (context) => measure(fs, context),
  };
}

async function measure(fs: FileSystem, context: BenchContext): Promise<Measured> {
  const { lab, signal, say } = context;
  const config = probeConfig.parse({ storage: [{ fs }], sample: repeats(200, context) });
  const { tally, complete, durationMs } = await probeStorage({
    storage: config.storage[0]!,
    config,
    place: hostPlace(),
    space: lab.space,
    answersFile: lab.path('answers.ndjson'),
    signal,
    onAnswer: (soFar) => say(`${soFar.tried} workloads`),
  });
  if (!complete || tally.workloads.broken + tally.workloads.unknown > 0)
    throw new Error(`${fs} was not proven: ${JSON.stringify(tally.workloads)}`);
  return {
    value: tally.tried / (durationMs / 1000),
    baseline: 1 / crashMonkeySeconds,
    unit: 'workloads/s',
    details: { workloads: tally.tried, recoveries: tally.recoveries },
  };
}
