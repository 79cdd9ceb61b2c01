/**
 * What a run did to its directory, as a person would write it down, and what one persistence model makes of it. Part
 * of the JSON document: field names are API.
 */
export interface Protocol {
  model: string;
  /** In the order in which they happened. Of a long run those at fault with their neighbours, the first and the last. */
  operations: ProtocolLine[];
  /** Sync calls to add; null when nothing has to be mended. */
  repair: ProtocolRepair | null;
  /** Sync calls that could go, all of them together, without breaking a promise of a run that keeps its promises. */
  superfluous: string[];
}

export interface ProtocolRepair {
  /** In words, one for each place: `fsync(.) before ack 'done'`. None of them can be left out. */
  additions: string[];
  /** Judged again with them, the history broke no promise. */
  verified: boolean;
  /** Over what it was judged again, where that was a search; absent where it was an analysis of all states. */
  over?: string;
  /** What stays broken with them, one sentence each. */
  unrepaired?: string[];
}

export type ProtocolLine = ProtocolOperation | ProtocolAck | ProtocolGap;

/** A system call that changed the directory, or asked to make something durable. */
export interface ProtocolOperation {
  kind: 'operation';
  /** Counted from 1; what findings and other lines refer to. */
  number: number;
  call: string;
  /** It has several effects that a crash keeps or loses as one. */
  atomic: boolean;
  /** Its source line, where known. */
  at?: string;
  /** Where that was called from; see `Cause`. */
  called_from?: string;
  /** For a call that asks for durability. */
  sync?: {
    /** The error it returned; null when it succeeded. */
    errno: string | null;
    /** Numbers of the operations it made durable, such as `1-3, 5`; empty for none. */
    durable: string;
  };
}

export interface ProtocolAck {
  kind: 'ack';
  text: string;
}

/** Lines left out. */
export interface ProtocolGap {
  kind: 'gap';
  lines: number;
}
