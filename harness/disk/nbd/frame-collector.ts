/** Frames up to this size are assembled in memory that is kept for the next one. */
const keptBytes = 1024 * 1024;

/**
 * Cuts a stream of chunks into frames of sizes that are known one at a time.
 *
 * A frame that lies in one chunk is handed out as a view of it; one that spans chunks is copied once, into its
 * place. Two stores take turns, so that a frame handed out stays valid while the next one is being assembled,
 * but not while the one after that is.
 */
export class FrameCollector {
  readonly #kept = [Buffer.alloc(0), Buffer.alloc(0)] as [Buffer, Buffer];
  #turn: 0 | 1 = 0;
  #need: number;
  /** The store being filled: empty as long as nothing of this frame has come. */
  #store: Buffer | undefined;
  #filled = 0;
  #frame: Buffer | undefined;

  constructor(firstFrameBytes: number) {
    this.#need = firstFrameBytes;
  }

  /** Takes what the current frame still needs from `chunk` at `at` and returns where it stopped. */
  take(chunk: Buffer, at: number): number {
    if (this.#frame) return at;
    const available = chunk.length - at;
    if (!this.#store && available >= this.#need) {
      this.#frame = chunk.subarray(at, at + this.#need);
      return at + this.#need;
    }
    if (available === 0) return at;
    this.#store ??= this.#nextStore();
    const taken = Math.min(available, this.#need - this.#filled);
    chunk.copy(this.#store, this.#filled, at, at + taken);
    this.#filled += taken;
    if (this.#filled === this.#need) this.#frame = this.#store.subarray(0, this.#need);
    return at + taken;
  }

  /** The current frame, once all of it has come. */
  get frame(): Buffer | undefined {
    return this.#frame;
  }

  /** Begins the next frame. */
  expect(bytes: number): void {
    this.#need = bytes;
    this.#store = undefined;
    this.#frame = undefined;
    this.#filled = 0;
  }

  #nextStore(): Buffer {
    if (this.#need > keptBytes) return Buffer.allocUnsafe(this.#need);
    this.#turn = this.#turn === 0 ? 1 : 0;
    if (this.#kept[this.#turn].length < this.#need) this.#kept[this.#turn] = Buffer.allocUnsafe(this.#need);
    return this.#kept[this.#turn];
  }
}
