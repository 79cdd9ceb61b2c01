import { Chalk, type ChalkInstance } from 'chalk';

/** Colours for a terminal, none elsewhere. */
export function paintFor(stream: NodeJS.WriteStream): ChalkInstance {
  return stream.isTTY ? new Chalk() : new Chalk({ level: 0 });
}
