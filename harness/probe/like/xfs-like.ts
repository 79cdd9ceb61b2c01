/** xfs, by struct xfs_dsb (fs/xfs/libxfs/xfs_format.h), big-endian: what mkfs.xfs takes without asking is left out. */
import type { BytesAt, MadeLike } from './made-like.js';

const usual = { blockBytes: 4096, sectorBytes: 512, inodeBytes: 512 };
/** Of a version whose metadata has no checksums. */
const withoutChecksums = 4;
const usualInodeBytesWithout = 256;

/** Features that mkfs.xfs is told of, by its option. */
const asked = {
  '-m': ['finobt', 'rmapbt', 'reflink', 'bigtime', 'inobtcount'],
  '-i': ['sparse', 'nrext64'],
} as const;
/** Those that hang on what was done, or that every mkfs.xfs makes. */
const passing = new Set(['ftype', 'needsrepair', 'metauuid']);

export function xfsLike(features: readonly string[], bytesAt: BytesAt): MadeLike {
  const blockBytes = bytesAt(4, 4).readUInt32BE();
  const version = bytesAt(100, 2).readUInt16BE() & 0xf;
  const sectorBytes = bytesAt(102, 2).readUInt16BE();
  const inodeBytes = bytesAt(104, 2).readUInt16BE();
  const directoryBlockBytes = blockBytes << bytesAt(192, 1).readUInt8();
  const logUnitBytes = bytesAt(196, 4).readUInt32BE();
  const isOld = version === withoutChecksums;
  const says = (names: readonly string[]): string =>
    names.map((name) => `${name}=${features.includes(name) ? 1 : 0}`).join(',');
  const unlike = (option: string, bytes: number, usually: number): string[] =>
    bytes === usually ? [] : [option, `size=${bytes}`];
  const known = new Set<string>([...asked['-m'], ...asked['-i'], ...passing]);
  const unknown = features.filter((name) => !known.has(name));
  return {
    mkfs: [
      ...(isOld
        ? ['-m', 'crc=0']
        : Object.entries(asked).flatMap(([option, names]) => [option, says(names)])),
      ...unlike('-b', blockBytes, usual.blockBytes),
      ...unlike('-s', sectorBytes, usual.sectorBytes),
      ...unlike('-i', inodeBytes, isOld ? usualInodeBytesWithout : usual.inodeBytes),
      ...unlike('-n', directoryBlockBytes, Math.max(blockBytes, usual.blockBytes)),
      // The log's records begin at multiples of it.
      ...(logUnitBytes > blockBytes ? ['-l', `su=${logUnitBytes}`] : []),
    ],
    otherwise: [
      ...(unknown.length > 0 ? [`features: ${unknown.join(', ')}`] : []),
      // sb_logstart
      ...(bytesAt(48, 8).readBigUInt64BE() === 0n ? ['its log on a device of its own'] : []),
    ],
  };
}
