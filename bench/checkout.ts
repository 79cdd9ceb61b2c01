import { fileURLToPath } from 'node:url';

/** The checkout this runs from. */
export const checkoutFolder = fileURLToPath(new URL('../..', import.meta.url));
export const plugpullPath = fileURLToPath(new URL('../../bin/plugpull', import.meta.url));
