/**
 * The process of a lane on the host. It has a mount namespace of its own, so that its mounts vanish with it, however
 * it ends.
 */
import { join } from 'node:path';
import { dropCopiedMounts } from '../../state/mount-namespace.js';
import { RunSpace } from '../../state/run-space.js';
import { LaneDisk } from './lane-disk.js';
import { RecovererChild } from './recoverer-child.js';
import { runLane } from './run-lane.js';

dropCopiedMounts();
// Before there is a trace: its program takes a while to load.
const recoverer = new RecovererChild();

runLane(({ traceFolder, spaceFolder, name, directIo, look }, { manifest }) => {
  const space = RunSpace.at(spaceFolder);
  const laneFolder = space.path(name);
  const fuseFolder = space.newFolder(join(name, 'fuse'));
  space.note({ kind: 'mount', what: fuseFolder });
  return new LaneDisk(
    fuseFolder,
    manifest.size_bytes!,
    { traceFolder, spaceFolder, laneFolder, directIo, look },
    recoverer,
    manifest.scenario.explore.nested,
  );
});
