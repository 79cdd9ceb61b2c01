/** A recorded disk for containers of tests: `import { CrashDisk } from 'plugpull/testcontainers'`. */
export { type Crash, CrashDisk, type CrashDiskOptions, type Lose } from './crash-disk.js';
export { CrashStateError } from './crash-state-error.js';
export type { HeldContainer } from './held-containers.js';
export type { Verified } from './verify.js';
