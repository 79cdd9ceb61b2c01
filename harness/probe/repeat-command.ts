/** The command that asks the same of the same storage again. All that changes an answer is in it. */

import { diskBehaviour } from '../scenario/schema/disk.js';
import { isBlockLayer, layerLabel } from '../scenario/schema/layers.js';
import { shellQuote } from '../scenario/shell-quote.js';
import type { ProbedStorage } from './config.js';
import type { ProbeDocument, ProbeResult } from './probe-document.js';

/** @param workload only this one, instead of those that were asked for */
export function repeatCommand(
  { asked }: Pick<ProbeDocument, 'asked'>,
  { kernel_name, place, storage }: ProbeResult,
  workload?: string,
): string {
  const kernel = kernel_name ?? (place === 'vm' ? 'uml' : 'host');
  const { seq, sample, seed, fsck, limit, workloads } = asked ?? {};
  const granularity = storage.granularity ?? asked?.granularity;
  const own = workload === undefined ? workloads : [workload];
  const told = storageOptions(storage);
  const words = [
    ...(told ?? ['/dev/stdin']),
    ...option('kernel', kernel),
    ...(own ?? []).flatMap((text) => option('workload', text.trim().split('\n').join('; '))),
    ...(own || seq === undefined ? [] : option('seq', seq)),
    ...(own || sample === undefined ? [] : [...option('sample', sample), ...option('seed', seed ?? 1)]),
    ...(granularity === undefined ? [] : option('granularity', granularity)),
    ...(fsck === undefined ? [] : option('fsck', fsck)),
    ...(limit === undefined ? [] : option('limit', limit)),
  ];
  const command = `plugpull probe ${words.join(' ')}`;
  if (told) return command;
  const { name: _, expect: __, granularity: ___, ...plain } = storage;
  return `echo ${shellQuote(JSON.stringify({ storage: [plain] }))} | ${command}`;
}

function option(name: string, value: string | number): string[] {
  return [`--${name}`, shellQuote(`${value}`)];
}

/** null where options cannot say it. */
function storageOptions({ fs, mkfs, mount, size, layers, disk }: ProbedStorage): string[] | null {
  const [only] = layers;
  const isCommand =
    only?.kind === 'fuse' && layers.length === 1 && fs === 'ext4' && only.prepare === undefined;
  if (!isCommand && layers.some(({ kind }) => kind === 'fuse')) return null;
  if (
    layers.some(
      (layer) => isBlockLayer(layer) && layer.kind === 'loop' && layer.direct_io && layer.fs !== 'ext4',
    )
  )
    return null;
  if (mkfs.some((word) => /\s/.test(word)) || mount.some((word) => word.includes(','))) return null;
  if (disk.faults.length > 0 || disk.cut) return null;
  const usual = diskBehaviour.parse({});
  const behaviour = Object.entries(disk)
    .filter(([key, value]) => typeof value !== 'object' && usual[key as keyof typeof usual] !== value)
    .map(([key, value]) => `${key}=${value}`);
  return [
    ...option('fs', isCommand ? only.command : fs),
    ...(size === undefined ? [] : option('size', size)),
    ...(mkfs.length === 0 ? [] : [`--mkfs-options=${shellQuote(mkfs.join(' '))}`]),
    ...(mount.length === 0 ? [] : option('mount-options', mount.join(','))),
    ...(layers.length === 0 || isCommand ? [] : option('layers', layers.map(layerLabel).join(','))),
    ...(behaviour.length === 0 ? [] : option('disk', behaviour.join(','))),
  ];
}
