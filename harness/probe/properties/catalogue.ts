import { UsageError } from '../../verdict/errors.js';
import { atomicity } from './atomicity.js';
import { idioms } from './idioms.js';
import { order } from './order.js';
import type { Property } from './property.js';

/** In the order of tables. */
export const properties: readonly Property[] = [...atomicity, ...order, ...idioms];

/** @throws UsageError naming those that there are */
export function propertyNamed(name: string): Property {
  const found = properties.find((property) => property.name === name);
  if (found) return found;
  throw new UsageError(
    `--property: expected one of ${properties.map((one) => one.name).join(', ')}, got ${name}`,
  );
}
