import { z } from 'zod';

const globs = z.array(z.string().min(1, 'expected the name of a file, or a glob'));

export const promise = z.strictObject({
  /** Everything the program could see in its directory at an ack survives: names, content, mode, owner and extended attributes, not times. */
  snapshot: z.boolean().default(false),
  /** Only these files (relative paths or globs) as they were at an ack. */
  files: globs.default([]),
  /** A whole version, the first or any later one, at every instant, acked or not. */
  atomic: globs.default([]),
  /** Of these names, one that was gone at an ack stays gone unless the program made it again. */
  gone: globs.default([]),
  /** These names, and what is below them, count for nothing. */
  ignore: globs.default([]),
  /**
   * What the sync calls that returned owe, no ack needed: the storage's promise to its programs. `posix` (or true): what
   * the texts owe. `linux`: what the kernel's own tests ask for, too, told apart.
   */
  owed: z
    .union([z.boolean(), z.enum(['posix', 'linux'])], { error: 'expected true, posix or linux' })
    .transform((value) => (value === true ? 'posix' : value === false ? undefined : value))
    .optional(),
});
export type Promise_ = z.output<typeof promise>;
