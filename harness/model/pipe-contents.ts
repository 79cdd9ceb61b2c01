/**
 * The bytes on their way through pipes, for a file that is filled from one by splice(2): what the trace shows going in
 * comes out in the same order.
 *
 * That holds while one writer and one reader at a time are at a pipe. Where calls overlap, their order is not known, nor
 * are the bytes of a write that is cut short in the trace; a pipe about which something is not known is given up.
 */
/** Bytes, and the position at which the call was entered that put them in. */
export interface PipePart {
  bytes: Buffer;
  from: number;
}

export class PipeContents {
  private readonly pipes = new Map<string, Pipe>();

  /** A new pipe, by the name strace gives both its ends (`pipe:[7]`); names are used again. */
  made(name: string): void {
    this.pipes.set(name, { chunks: [], writers: 0, readers: 0, givenUp: false });
  }

  knows(name: string | null): name is string {
    return name !== null && this.pipes.has(name);
  }

  /** A call that puts bytes in was entered: a reader may have them before it returns. */
  writing(name: string, parts: readonly PipePart[] | null): void {
    const pipe = this.pipes.get(name);
    if (!pipe) return;
    if (pipe.writers++ > 0 || parts === null) giveUp(pipe);
    else if (!pipe.givenUp) pipe.chunks.push(...parts.filter(({ bytes }) => bytes.length > 0));
  }

  written(name: string): void {
    const pipe = this.pipes.get(name);
    if (pipe) pipe.writers--;
  }

  reading(name: string): void {
    const pipe = this.pipes.get(name);
    if (pipe && pipe.readers++ > 0) giveUp(pipe);
  }

  /** The bytes that a call took out; null when they are not known. */
  read(name: string, count: number): PipePart[] | null {
    const pipe = this.pipes.get(name);
    if (!pipe) return null;
    pipe.readers--;
    const parts: PipePart[] = [];
    let missing = count;
    while (missing > 0 && pipe.chunks.length > 0) {
      const first = pipe.chunks[0]!;
      const bytes = first.bytes.subarray(0, missing);
      parts.push({ bytes, from: first.from });
      missing -= bytes.length;
      if (bytes.length === first.bytes.length) pipe.chunks.shift();
      else pipe.chunks[0] = { bytes: first.bytes.subarray(bytes.length), from: first.from };
    }
    if (missing > 0) giveUp(pipe);
    return pipe.givenUp ? null : parts;
  }

  /** Something was done to a pipe that is not followed. */
  giveUp(name: string): void {
    const pipe = this.pipes.get(name);
    if (pipe) giveUp(pipe);
  }
}

interface Pipe {
  chunks: PipePart[];
  /** Calls in flight. */
  writers: number;
  readers: number;
  givenUp: boolean;
}

function giveUp(pipe: Pipe): void {
  pipe.givenUp = true;
  pipe.chunks = [];
}
