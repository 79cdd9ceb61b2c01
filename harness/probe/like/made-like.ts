export interface MadeLike {
  /** Arguments of mkfs. */
  mkfs: string[];
  /** In words, what is otherwise. */
  otherwise: string[];
}

/** Bytes of the device from a byte offset on. */
export type BytesAt = (offset: number, lengthBytes: number) => Buffer;
