/** What of the host's a scenario's programs may refer to in a guest. */
import { resolve } from 'node:path';
import { leftOut } from '../../../vm/image/payload-image.js';
import { isWithin } from '../../../vm/place/folder-size.js';
import type { RecordingJob } from '../../capture/record.js';
import { scenarioFolder } from '../../scenario/load.js';
import { UsageError } from '../../verdict/errors.js';

/** Packing a scenario's folder must not take longer than the run. */
const limits = { entries: 20_000, bytes: 512 * 2 ** 20 };
/** Folders that are small enough to be packed. */
const measured = new Set<string>();

type Scenario = Pick<RecordingJob, 'loaded' | 'workloads'>;

/** Folders and files, as absolute paths. */
export function filesOfScenario({ loaded, workloads }: Scenario): string[] {
  const folder = scenarioFolder(loaded);
  const { files } = loaded.scenario.vm;
  return [
    workloads,
    ...(folder === null ? [] : [folder]),
    ...files.map((path) => resolve(folder ?? '.', path)),
  ];
}

/**
 * The same for a guest that they have to be packed for.
 *
 * @throws UsageError when the scenario's folder holds too much
 */
export function packedFilesOfScenario(scenario: Scenario): string[] {
  const { loaded } = scenario;
  const folder = scenarioFolder(loaded);
  if (folder !== null && !measured.has(folder)) {
    if (!isWithin(folder, limits, leftOut)) {
      throw new UsageError(
        `${loaded.file}: a guest gets the folder the scenario lies in, ${folder}, which holds more than 512 MiB or 20000 files: put the scenario in a folder with just what its commands use; programs that lie elsewhere can be named in vm.files`,
      );
    }
    measured.add(folder);
  }
  return filesOfScenario(scenario);
}
