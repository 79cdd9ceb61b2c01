import {
  type CallNumbers,
  callNumbers,
  ending,
  type FilterLine,
  ifEqual,
  installFilter,
  loaded,
} from './seccomp-filter.js';

/**
 * From here on calls of this thread, and of whatever it starts, that make something durable return at once, and nothing was
 * done: for programs that work on what is thrown away before any power could be lost. They cannot tell, since what they have
 * written reads the same; a descriptor that is none, or cannot be synced, is not refused, and requests of io_uring are done.
 *
 * @returns false where that is not possible without taking set-user-ID programs their rights: they are done as ever
 */
export function skipSyncs(): boolean {
  return callNumbers !== null && installFilter(callNumbers, filter(callNumbers)) >= 0;
}

function filter(numbers: CallNumbers): FilterLine[] {
  return [
    loaded.machine,
    ifEqual(numbers.audit, undefined, 'allow'),
    loaded.number,
    ...syncsAre(numbers, 'nothing'),
    'allow',
    ending.allow,
    'nothing',
    ending.nothing,
  ];
}

/** Goes on at a label for the calls that make something durable; their number is loaded. */
export function syncsAre({ others }: CallNumbers, label: string): FilterLine[] {
  const { fsync, fdatasync, sync, syncfs, sync_file_range, msync } = others;
  return [fsync, fdatasync, sync, syncfs, sync_file_range, msync].map((number) => ifEqual(number, label));
}
