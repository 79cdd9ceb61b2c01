/**
 * The container engine of this machine, over its socket: the few requests of the Engine API that are needed here
 * (https://docs.docker.com/reference/api/engine/), which Podman's socket answers as well. A container is started for each
 * crash state, in a process of its own: a client library that takes 0.7 s to load would cost more than the container.
 */
import { existsSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { isCheckout } from '../doctor/checkout.js';
import { UnavailableError } from '../verdict/errors.js';

const usualSockets = ['/var/run/docker.sock', '/run/podman/podman.sock'];

/** The engine understood, and said no. */
export class EngineError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface EngineRequest {
  /** Sent as JSON; a stream as it is. */
  body?: object | NodeJS.ReadableStream;
  contentType?: string;
}

export class Engine {
  private constructor(private readonly socketPath: string) {}

  /**
   * The engine that DOCKER_HOST names, else the one at the usual place.
   *
   * @throws UnavailableError when there is none, or it is not on this machine
   */
  static find(host = process.env.DOCKER_HOST): Engine {
    if (host) {
      if (!host.startsWith('unix://'))
        throw new UnavailableError(
          `place: container: DOCKER_HOST=${host} is another machine's engine: it cannot mount the disk that is recorded here; use an engine of this machine (DOCKER_HOST=unix:///var/run/docker.sock)`,
        );
      return new Engine(host.slice('unix://'.length));
    }
    const socket = usualSockets.find((path) => existsSync(path));
    if (socket === undefined)
      throw new UnavailableError(
        `place: container: no container engine answers here (${usualSockets.join(', ')}): apt-get install docker.io and start it (systemctl start docker), or set DOCKER_HOST${isCheckout ? '; scripts/with-engine COMMAND starts one for a command' : ''}`,
      );
    return new Engine(socket);
  }

  static at(socketPath: string): Engine {
    return new Engine(socketPath);
  }

  /** As DOCKER_HOST names it. */
  get address(): string {
    return `unix://${this.socketPath}`;
  }

  /** @throws UnavailableError when nobody answers */
  async ping(): Promise<void> {
    try {
      await this.text('GET', '/_ping');
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
      throw new UnavailableError(
        `place: container: the container engine at ${this.socketPath} does not answer (${reason}): start it (systemctl start docker), or set DOCKER_HOST`,
      );
    }
  }

  /**
   * That it runs as root: what a rootless engine starts is in a user namespace of its own, whose users are not those that the
   * recorded disk knows.
   *
   * @throws UnavailableError when it does not
   */
  async requireRoot(): Promise<void> {
    const { SecurityOptions } = await this.json<{ SecurityOptions?: string[] | null }>('GET', '/info');
    if (!SecurityOptions?.some((option) => /^name=rootless\b/.test(option))) return;
    throw new UnavailableError(
      `place: container: the container engine at ${this.socketPath} is rootless: the users of its containers are not those of the disk that is recorded here; use one that runs as root (DOCKER_HOST=unix:///var/run/docker.sock, or sudo podman system service --time 0 unix:///run/podman/podman.sock)`,
    );
  }

  /** @throws EngineError when the engine refuses */
  async json<T>(method: string, path: string, options: EngineRequest = {}): Promise<T> {
    const text = await this.text(method, path, options);
    return (text === '' ? null : JSON.parse(text)) as T;
  }

  /** @throws EngineError when the engine refuses */
  async text(method: string, path: string, options: EngineRequest = {}): Promise<string> {
    const response = await this.#send(method, path, options);
    const text = await textOf(response);
    const status = response.statusCode ?? 0;
    if (status >= 400) throw new EngineError(status, messageOf(text));
    return text;
  }

  /**
   * What a container prints, from before its start to its end. Resolves when the engine has begun to listen.
   *
   * @param hear gets each piece, and whether it came on standard error
   */
  async attach(
    container: string,
    hear: (data: Buffer, isError: boolean) => void,
  ): Promise<{ ended: Promise<void> }> {
    const socket = await this.#upgrade(`/containers/${container}/attach?stream=1&stdout=1&stderr=1`);
    return { ended: hearFrames(socket, hear) };
  }

  #send(
    method: string,
    path: string,
    { body, contentType = 'application/json' }: EngineRequest,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = { Host: 'docker', ...(body ? { 'Content-Type': contentType } : {}) };
      const sent = request({ socketPath: this.socketPath, method, path, headers, agent: false }, resolve);
      sent.once('error', reject);
      if (body && 'pipe' in body) body.pipe(sent);
      else sent.end(body ? JSON.stringify(body) : undefined);
    });
  }

  #upgrade(path: string): Promise<{ socket: Socket; head: Buffer }> {
    return new Promise((resolve, reject) => {
      const headers = { Host: 'docker', Connection: 'Upgrade', Upgrade: 'tcp' };
      const sent = request({ socketPath: this.socketPath, method: 'POST', path, headers, agent: false });
      sent.once('upgrade', (_, socket, head) => resolve({ socket, head }));
      sent.once('response', (response) => {
        textOf(response).then(
          (text) =>
            reject(new EngineError(response.statusCode ?? 0, `it does not attach: ${messageOf(text)}`)),
          reject,
        );
      });
      sent.once('error', reject);
      sent.end();
    });
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text.trim();
  }
}

/** Output without a terminal comes in frames: stream (1 or 2), three zeros, length (u32, big endian), then the bytes. */
const frameHeaderBytes = 8;

function hearFrames(
  { socket, head }: { socket: Socket; head: Buffer },
  hear: (data: Buffer, isError: boolean) => void,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  const take = (data: Buffer): void => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= frameHeaderBytes) {
      const end = frameHeaderBytes + rest.readUInt32BE(4);
      if (rest.length < end) return;
      hear(rest.subarray(frameHeaderBytes, end), rest[0] === 2);
      rest = rest.subarray(end);
    }
  };
  take(head);
  return new Promise((resolve) => {
    socket.on('data', take);
    socket.once('error', () => resolve()).once('close', () => resolve());
    socket.once('end', () => socket.end());
  });
}
