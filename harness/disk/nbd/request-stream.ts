import { FrameCollector } from './frame-collector.js';
import { command, requestHeaderBytes } from './protocol.js';
import { decodeRequest, type NbdRequest, type RequestLimits } from './request.js';

/** A refused payload up to this many times the longest one allowed is read away; a longer one ends it all. */
const drainedTimes = 8;

/** The complete requests of one chunk, and whether the stream ended there (DISC, or bytes that are no request). */
export interface RequestBatch {
  requests: NbdRequest[];
  ended: boolean;
}

/**
 * Turns what a client sends in the transmission phase into requests. Holds at most two payloads of the longest
 * length allowed, whatever lengths the client claims. Payloads are views that stay valid until `receive` is
 * called again.
 */
export class RequestStream {
  readonly #frames = new FrameCollector(requestHeaderBytes);
  /** The WRITE whose payload is being read. */
  #writing: NbdRequest | undefined;
  /** Bytes of a refused payload still to be thrown away. */
  #draining = 0;

  constructor(private readonly limits: RequestLimits) {}

  receive(chunk: Buffer, at: number): RequestBatch {
    const requests: NbdRequest[] = [];
    for (;;) {
      const drained = Math.min(this.#draining, chunk.length - at);
      this.#draining -= drained;
      at += drained;
      if (this.#draining > 0) return { requests, ended: false };

      at = this.#frames.take(chunk, at);
      const { frame } = this.#frames;
      if (!frame) return { requests, ended: false };
      if (this.#writing) {
        this.#writing.payload = frame;
        requests.push(this.#writing);
        this.#writing = undefined;
        this.#frames.expect(requestHeaderBytes);
        continue;
      }
      const request = decodeRequest(frame, this.limits);
      if (!request || request.command === command.disconnect) return { requests, ended: true };
      if (request.command === command.write && request.refusal === 0) {
        this.#writing = request;
        this.#frames.expect(request.length);
        continue;
      }
      requests.push(request);
      this.#frames.expect(requestHeaderBytes);
      if (request.command !== command.write) continue;
      if (request.length > drainedTimes * this.limits.maxRequestBytes) return { requests, ended: true };
      this.#draining = request.length;
    }
  }
}
