import { transmissionFlag } from './protocol.js';

/** What the served disk says it can do; what it does not say is refused with EINVAL. */
export interface NbdFeatures {
  /** A volatile cache and FLUSH. Without it the client takes every completed write for durable. */
  flush: boolean;
  fua: boolean;
  trim: boolean;
  writeZeroes: boolean;
  /** Suggests to the client that seeks cost time. */
  rotational?: boolean;
}

/**
 * CAN_MULTI_CONN is always set: it says that a flush on one connection covers the writes answered on another,
 * and all connections share one device whose calls are synchronous.
 */
export function transmissionFlags(features: NbdFeatures): number {
  return (
    transmissionFlag.hasFlags |
    transmissionFlag.canMultiConn |
    (features.flush ? transmissionFlag.sendFlush : 0) |
    (features.fua ? transmissionFlag.sendFua : 0) |
    (features.trim ? transmissionFlag.sendTrim : 0) |
    (features.writeZeroes ? transmissionFlag.sendWriteZeroes : 0) |
    (features.rotational ? transmissionFlag.rotational : 0)
  );
}
