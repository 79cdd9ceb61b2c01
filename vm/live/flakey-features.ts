/**
 * What dm-flakey is told to do from the moment of the cut (Documentation/admin-guide/device-mapper/dm-flakey.rst).
 */
import type { FlakeyFeature } from '../../harness/scenario/schema/live.js';

/** The only ones that Linux has had since before 6.5. */
const older: readonly FlakeyFeature[] = ['drop_writes', 'error_writes'];
/** Of 10^9: every other write, so that some of a journal's transactions come out whole. */
const corruptProbability = 500_000_000;

/** The target's feature arguments: how many words follow, and they. */
export function featureArguments(features: readonly FlakeyFeature[]): string {
  const words = features.flatMap((feature) =>
    feature === 'random_write_corrupt' ? [feature, `${corruptProbability}`] : [feature],
  );
  return [words.length, ...words].join(' ');
}

/** Features that a kernel may lack. */
export function newerFeatures(features: readonly FlakeyFeature[]): FlakeyFeature[] {
  return features.filter((feature) => !older.includes(feature));
}
