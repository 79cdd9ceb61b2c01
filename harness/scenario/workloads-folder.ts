import { fileURLToPath } from 'node:url';

/** The shipped workloads, which scenarios call $WORKLOADS. */
export const workloadsFolder = fileURLToPath(new URL('../../../workloads', import.meta.url));
