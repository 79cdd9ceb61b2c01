/** A checkout, told as bin/plugpull tells it: an installed package has neither sources nor scripts of its own. */
import { existsSync } from 'node:fs';

export const isCheckout = existsSync(new URL('../../../tsconfig.json', import.meta.url));
