import { fileURLToPath } from 'node:url';

/** The checkout this runs from. */
export const checkoutFolder = fileURLToPath(new URL('../..', import.meta.url));
/** What bin/plugpull becomes once it has seen that nothing is to be built. */
export const mainPath = fileURLToPath(new URL('../harness/cli/main.js', import.meta.url));
export const plugpullPath = fileURLToPath(new URL('../../bin/plugpull', import.meta.url));
