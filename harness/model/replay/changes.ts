import type { Operation } from '../../syscalls/call.js';
import type { OperationOf, Returning, World } from './world.js';

/** Operations whose failures matter as much as their success, so they are not looked up in the table of changes. */
export type AlsoWhenFailed = 'sync' | 'sync_all' | 'msync' | 'opaque' | 'exit';

export type Change = Exclude<Operation['op'], AlsoWhenFailed>;

/**
 * What each operation does once it has succeeded: changes the world, and says what it did in words a person reads
 * (`rename(a, b)`), or '' where it did nothing to the directory.
 */
export type Changes<K extends Change> = {
  [Op in K]: (world: World, operation: OperationOf<Op>, returning: Returning) => string;
};
