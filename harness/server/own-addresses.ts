import { join } from 'node:path';
import { enterOwnNetwork } from '../attach/own-namespaces.js';
import { ownNetworksPort } from './own-networks-port.js';
import { OwnPorts } from './own-ports.js';

/** Where a server is to listen, as variables that it is started with. */
export interface Addresses {
  PLUGPULL_PORT: string;
  PLUGPULL_SOCKET: string;
}

/**
 * Addresses that nobody has used: in a new network where that is allowed, else a port that is free. What listened before may
 * have left connections in TIME_WAIT (tcp(7)), and a server without SO_REUSEADDR is refused its port for as long.
 */
export class OwnAddresses {
  readonly #ports = new OwnPorts();

  /** @param sockets a folder for the socket */
  constructor(private readonly sockets: string) {}

  async next(): Promise<Addresses> {
    const port = enterOwnNetwork() ? ownNetworksPort : await this.#ports.next();
    return { PLUGPULL_PORT: `${port}`, PLUGPULL_SOCKET: join(this.sockets, 'socket') };
  }
}
