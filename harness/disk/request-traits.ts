/** How the requests of a server are told apart, whatever protocol they came by. */
export interface RequestTraits<R> {
  isFlush(request: R): boolean;
  /** A write, or one of zeros, that is to be carried out. */
  isWrite(request: R): boolean;
  /** The same request with bytes of its own: those it came with last only until the next one is read. */
  kept(request: R): R;
  /** Bytes that a write carries. */
  bytes(request: R): number;
}
