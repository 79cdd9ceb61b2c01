/** A recorded disk for containers of tests: `import { CrashDisk } from 'plugpull/testcontainers'`. */
export { type Crash, CrashDisk, type CrashDiskOptions, type HeldContainer } from './crash-disk.js';
