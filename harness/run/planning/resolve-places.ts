/**
 * Where scenarios run that leave it open (`place: auto`): on the host where there are root and the devices, else in
 * User-mode Linux, which needs neither.
 */
import { fileSystemTools } from '../../doctor/file-systems.js';
import { hostRunNeed, lackReport, missingFor } from '../../doctor/need.js';
import { containerOf } from '../../scenario/container.js';
import type { LoadedScenario } from '../../scenario/load.js';
import { layerLabel, needsGuest } from '../../scenario/schema/layers.js';
import type { Scenario } from '../../scenario/schema/scenario.js';
import type { FileSystem } from '../../scenario/schema/storage.js';
import { UnavailableError } from '../../verdict/errors.js';
import { asksForReplay } from './engines.js';

const withoutRoot = 'uml';
/** A container image takes a guest that can mount one while it recovers, too. */
const forContainers = 'cloud';

/** What recording on the host takes beside the file system. */
const hostCommands = ['nbdfuse'];
/** What a guest on the host's files takes from there. */
const umlCommands = ['setpriv', 'python3'];

export function resolvePlaces(
  scenarios: readonly LoadedScenario[],
  say: { step?: (step: string) => void; warning?: (text: string) => void } = {},
): LoadedScenario[] {
  return scenarios.map((loaded) => {
    const { scenario, input } = loaded;
    const obstacle = scenario.place === 'auto' ? obstacleOnHost(scenario) : null;
    if (input.vm?.kernel !== undefined && scenario.place !== 'vm' && obstacle === null)
      say.warning?.(kernelUnused(scenario));
    if (scenario.place !== 'auto') return loaded;
    if (obstacle === null) return { ...loaded, scenario: { ...scenario, place: 'host' } };
    if (scenario.nodes)
      throw new UnavailableError(`key nodes: these run on the host alone: ${obstacle.report}`);
    const container = containerOf(scenario) !== null;
    const kernel =
      input.vm?.kernel === undefined ? [container ? forContainers : withoutRoot] : scenario.vm.kernel;
    say.step?.(`in a guest (${kernel.join(', ')}), because ${obstacle.because}`);
    return { ...loaded, scenario: { ...scenario, place: 'vm', vm: { ...scenario.vm, kernel } } };
  });
}

/** A kernel is a guest's: named without one it would be passed over in silence. */
function kernelUnused({ name, place, vm }: Scenario): string {
  const here = place === 'container' ? 'in a container' : 'on the host';
  return `${name}: ${here}, by this machine's kernel: vm.kernel (--kernel ${vm.kernel.join(',')}) counts with place: vm (--place vm) alone`;
}

/** Why a scenario cannot be recorded and recovered on the host. */
interface Obstacle {
  because: string;
  /** With what to do. */
  report: string;
}

function obstacleOnHost(scenario: Scenario): Obstacle | null {
  const guests = scenario.storage.flatMap(({ layers }) => layers).filter(needsGuest);
  if (guests.length > 0) {
    const named = [...new Set(guests.map(layerLabel))].join(', ');
    const because = `the host is spared ${named}`;
    return { because, report: `${named}: device mapper and md are not touched there` };
  }
  if (!asksForReplay(scenario)) return null;
  const missing = missingFor({ ...hostRunNeed(fileSystemsOf(scenario)), commands: hostCommands });
  if (missing.length === 0) return null;
  const because = `the host has no ${missing.map(({ name }) => name).join(', ')}`;
  return { because, report: lackReport(missing) };
}

/**
 * Says what is missing before the first run begins: a guest on the host's files makes file systems with the host's tools.
 *
 * @throws UnavailableError naming each program and its package
 */
export function requireUml(fileSystems: Iterable<FileSystem>): void {
  const commands = [...new Set([...umlCommands, ...[...fileSystems].map((fs) => fileSystemTools[fs].make)])];
  const missing = missingFor({ commands });
  if (missing.length > 0)
    throw new UnavailableError(
      `User-mode Linux, on the files of the host: ${lackReport(missing)}\nor name a guest that brings its own: --place vm --kernel cloud (f2fs: generic)`,
    );
}

function fileSystemsOf({ storage }: Scenario): FileSystem[] {
  return [...new Set(storage.map(({ fs }) => fs))];
}
