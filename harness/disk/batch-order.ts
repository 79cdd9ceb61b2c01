import type { RequestTraits } from './request-traits.js';

/**
 * The order in which requests that arrived together run: flushes first, the others as they came.
 *
 * The client sent all of them before it saw the reply to any, so they are concurrent, and a disk may run them
 * in any order. A flush owes durability only to the writes that were answered before it was sent; here that is
 * none of the batch. Run in order of arrival, a flush would cover the writes ahead of it, and a client that
 * wrongly relies on that (flushing without waiting for its writes) would look correct on this disk and lose
 * data on another. So the flush goes first: of the allowed orders the one that promises least.
 */
export function batchOrder<R>(requests: R[], { isFlush }: Pick<RequestTraits<R>, 'isFlush'>): R[] {
  if (!requests.some(isFlush)) return requests;
  return [...requests.filter(isFlush), ...requests.filter((request) => !isFlush(request))];
}
