/** User-mode Linux as a place of runs: the kernel as a process of ours, with the host's files or an image as its root. */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { runRounds } from '../../../vm/live/run-rounds.js';
import type { GuestSupply } from '../../../vm/machine/machine-pool.js';
import { filesOfNode } from '../../../vm/place/node-in-guest.js';
import { shareFiles } from '../../../vm/place/shared-files.js';
import { asksForRaid6 } from '../../../vm/uml/raid6.js';
import type { UmlGuests, UmlKind } from '../../../vm/uml/uml-guests.js';
import type { UmlMachine } from '../../../vm/uml/uml-machine.js';
import { type RecordingJob, record } from '../../capture/record.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import { isHostRoot } from '../planning/kernels.js';
import { recorderIn } from './guest-recorder.js';
import { secondRunInGuest } from './guest-second-run.js';
import type { AgainJob, RunPlace } from './run-place.js';
import { filesOfScenario } from './scenario-files.js';

export function umlRunPlace(
  guests: UmlGuests,
  scenario: Scenario,
  kernel: string,
  startLanes: RunPlace['startLanes'],
): RunPlace {
  const { vm } = scenario;
  const kind: UmlKind = {
    kernel,
    root: isHostRoot(scenario) ? 'host' : vm.root,
    memoryMib: Math.ceil(vm.memory / 2 ** 20),
    keepCrc32c: vm.crc32c === 'original',
    raid6: scenario.storage.some(asksForRaid6),
  };
  const supply = (job: Pick<RecordingJob, 'loaded' | 'workloads' | 'signal'>): GuestSupply<UmlMachine> => ({
    take: async () => {
      const machine = await guests.take(kind);
      const files = [...filesOfScenario(job), ...whereWeAre(kind), ...filesOfLayers(scenario)];
      await shareFiles(machine, files, { signal: job.signal });
      return machine;
    },
    giveBack: (machine) => guests.giveBack(machine),
  });
  return {
    record: async (job) => {
      const from = supply(job);
      const machine = await from.take();
      try {
        return await record({ ...job, openRecorder: recorderIn(machine, job) });
      } finally {
        await from.giveBack(machine, false);
        if (existsSync(machine.consoleLog))
          copyFileSync(machine.consoleLog, join(job.traceFolder, 'console.log'));
      }
    },
    startLanes,
    // Our own program is made for the host's node.
    ...(kind.root === 'host' ? { runAgain: (job) => runAgain(guests, kind, job) } : {}),
    runLive: (job) => runRounds({ ...job, guests: supply(job) }),
  };
}

async function runAgain(guests: UmlGuests, kind: UmlKind, job: AgainJob): Promise<string | null> {
  const machine = await guests.take(kind);
  try {
    await machine.showHostFiles([...filesOfScenario(job), ...whereWeAre(kind), ...filesOfNode()]);
    return await secondRunInGuest(machine, job);
  } finally {
    await guests.giveBack(machine);
  }
}

/** Layers are put in place by a program of ours. */
function filesOfLayers({ storage }: Scenario): string[] {
  return storage.some(({ layers }) => layers.length > 0) ? filesOfNode() : [];
}

/** Of the host's files a guest hides these below its own; a command there means files beside it. */
function whereWeAre({ root }: Pick<UmlKind, 'root'>): string[] {
  const folder = process.cwd();
  return root === 'host' && /^\/(tmp|run)\/./.test(folder) ? [folder] : [];
}
