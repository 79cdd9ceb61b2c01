/** What this checkout and machine are, as jobs ask for it: the same build, kernel and mkfs give the same answers. */
import { release } from 'node:os';
import { fileSystemFacts } from '../attach/file-system.js';
import { mkfsVersion } from '../probe/invocation.js';
import { probePlaces } from '../run/recording/probe-places.js';
import { fileSystems } from '../scenario/schema/storage.js';
import { build } from '../verdict/build.js';
import { toolVersion } from '../version.js';

const known = new Map<string, Promise<string>>();

/** @param what `build`, `kernel.host`, `kernel.uml` (or another name of one), `mkfs.ext4` */
export function ownMaker(what: string): Promise<string> {
  let own = known.get(what);
  if (!own) {
    own = found(what);
    known.set(what, own);
  }
  return own;
}

async function found(what: string): Promise<string> {
  if (what === 'build') return build();
  const [kind, name] = [what.slice(0, what.indexOf('.')), what.slice(what.indexOf('.') + 1)];
  const fs = fileSystems.find((one) => one === name);
  if (kind === 'mkfs' && fs) return mkfsVersion(fileSystemFacts[fs].mkfs[0]!);
  if (kind === 'kernel') return name === 'host' ? release() : guestKernel(name);
  return `not known to ${toolVersion}`;
}

async function guestKernel(name: string): Promise<string> {
  try {
    const silent = { signal: new AbortController().signal, onStep: () => {} };
    return (await probePlaces({ kernel: [name], storage: [] }, silent))[0]!.kernel;
  } catch (error) {
    return `missing: ${(error as Error).message}`;
  }
}
