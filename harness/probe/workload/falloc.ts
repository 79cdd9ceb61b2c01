/** The modes of fallocate(2), by the words of the notation, and the flags that each is. */
export const fallocFlags = {
  extend: [],
  keep: ['KEEP_SIZE'],
  punch: ['PUNCH_HOLE', 'KEEP_SIZE'],
  zero: ['ZERO_RANGE'],
  zero_keep: ['ZERO_RANGE', 'KEEP_SIZE'],
  collapse: ['COLLAPSE_RANGE'],
  insert: ['INSERT_RANGE'],
} as const;

export type Falloc = keyof typeof fallocFlags;

export const fallocModes = Object.keys(fallocFlags) as Falloc[];

/** include/uapi/linux/falloc.h */
const bits = { KEEP_SIZE: 1, PUNCH_HOLE: 2, COLLAPSE_RANGE: 8, ZERO_RANGE: 16, INSERT_RANGE: 32 } as const;

/** The number that fallocate(2) takes. */
export function fallocNumber(mode: Falloc): number {
  return fallocFlags[mode].reduce((sum: number, flag) => sum | bits[flag], 0);
}
