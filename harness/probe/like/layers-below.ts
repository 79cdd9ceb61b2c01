/**
 * What lies between a file system and its disk, by sysfs: the layers that can be made, from the disk up, and what cannot,
 * in words.
 */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { LayerLike } from './layer-like.js';
import { mountOf } from './mount-table.js';

export interface LayersBelow {
  made: LayerLike[];
  otherwise: string[];
}

/**
 * @param device its major and minor number, such as `254:0`
 * @param sys where sysfs is mounted
 */
export function layersBelow(device: string, table: string, sys = '/sys'): LayersBelow {
  const folder = join(sys, 'dev/block', device);
  const slaves = existsSync(join(folder, 'slaves')) ? readdirSync(join(folder, 'slaves')) : [];
  const below = (slave: string): LayersBelow =>
    layersBelow(text(join(sys, 'class/block', slave, 'dev'))!, table, sys);
  const mapped = text(join(folder, 'dm/uuid'));
  if (mapped?.startsWith('CRYPT-') && slaves.length === 1)
    return over(below(slaves[0]!), 'dm-crypt', 'its cipher: here it is aes-xts');
  // Of its parts, such as a cache's or a pool's, LVM makes volumes, too; one that lies on anything else is linear.
  if (mapped?.startsWith('LVM-') && slaves.length === 1) {
    const on = text(join(sys, 'class/block', slaves[0]!, 'dm/uuid'));
    if (!on?.startsWith('LVM-'))
      return over(
        below(slaves[0]!),
        'dm-linear',
        'where the extents of its volume lie: here in two stretches',
      );
  }
  const level = text(join(folder, 'md/level'));
  if (level === 'raid1' && slaves.length === 2) {
    const [first, second] = slaves.map(below) as [LayersBelow, LayersBelow];
    if (first.made.length + second.made.length === 0)
      return { made: ['md-raid1'], otherwise: [...first.otherwise, ...second.otherwise] };
  }
  const file = text(join(folder, 'loop/backing_file'));
  const home = file === null ? null : mountOf(file, table);
  if (home && loopHomes.has(home.fs)) {
    const direct_io = text(join(folder, 'loop/dio')) === '1';
    return over(
      layersBelow(home.device, table, sys),
      { kind: 'loop', fs: home.fs, direct_io },
      `the mount options of ${home.at}, where the file ${file} lies`,
    );
  }
  const kind = mapped ?? level ?? file;
  if (kind === null && slaves.length === 0) return { made: [], otherwise: [] };
  const name = basename(realpathSync(folder));
  const what = `what is below it: ${name} (${kind ?? 'a layer'}) on ${slaves.join(', ') || 'a file'}`;
  // A volume on one device: what is below that can be made all the same.
  const lower = slaves.length === 1 ? below(slaves[0]!) : { made: [], otherwise: [] };
  return { made: lower.made, otherwise: [what, ...lower.otherwise] };
}

/** File systems that a layer `loop` can have its file in. */
const loopHomes = new Set(['ext4', 'xfs', 'btrfs']);

function over(lower: LayersBelow, layer: LayerLike, otherwise: string): LayersBelow {
  return { made: [...lower.made, layer], otherwise: [otherwise, ...lower.otherwise] };
}

/** What the disk says of its write cache, as a statement. */
export function sayings(device: string): string[] {
  const folder = `/sys/dev/block/${device}`;
  if (!existsSync(folder)) return [];
  const disk = existsSync(join(folder, 'partition'))
    ? join(realpathSync(folder), '..')
    : realpathSync(folder);
  const cache = text(join(disk, 'queue/write_cache'));
  const fua = text(join(disk, 'queue/fua'));
  if (cache === null) return [];
  return [
    `${basename(disk)} says of its write cache: ${cache}${fua === '1' ? ', with FUA' : ''} (a statement, no proof)`,
  ];
}

function text(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}
