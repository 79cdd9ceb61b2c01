import type { Finding } from './finding.js';

/** Behind a sentence about one file, where its cause has other files as well: `; 11 more files likewise`. */
export function likewise(others: number): string {
  if (others <= 0) return '';
  return `; ${others} more file${others === 1 ? '' : 's'} likewise`;
}

/** A finding's sentence without that count, for one who tells of other files that the same cause has. */
export function ofOneFile({ property, paths = [] }: Pick<Finding, 'property' | 'paths'>): string {
  const count = likewise(paths.length - 1);
  return count !== '' && property.endsWith(count) ? property.slice(0, -count.length) : property;
}
