import { join } from 'node:path';
import { enterOwnNetwork } from '../attach/own-namespaces.js';
import { calledAfter } from './addresses.js';
import { ownNetworksPort } from './own-networks-port.js';
import { OwnPorts } from './own-ports.js';

/** Between the ports of two nodes: a node may listen on those behind its own, too. */
const portsOfNode = 10;

/**
 * Addresses that nobody has used: in a new network where that is allowed, else a port that is free. What listened before may
 * have left connections in TIME_WAIT (tcp(7)), and a server without SO_REUSEADDR is refused its port for as long.
 */
export class OwnAddresses {
  readonly #ports = new OwnPorts();

  /**
   * @param sockets a folder for sockets
   * @param nodes names of servers, where there are several: in each network they have the same ports, which members of a
   *   cluster keep with their data
   */
  constructor(
    private readonly sockets: string,
    private readonly nodes: readonly string[],
  ) {}

  /**
   * Variables for all programs.
   * @throws Error where several servers cannot have a network of their own
   */
  async next(): Promise<Record<string, string>> {
    const isOwn = enterOwnNetwork();
    const { nodes, sockets } = this;
    if (nodes.length === 0) {
      const port = isOwn ? ownNetworksPort : await this.#ports.next();
      return { PLUGPULL_PORT: `${port}`, PLUGPULL_SOCKET: join(sockets, 'socket') };
    }
    if (!isOwn) throw new Error('nodes need a network of their own, which this machine does not allow');
    const each = nodes.map((node, nth) => {
      const port = ownNetworksPort + nth * portsOfNode;
      return calledAfter(node, { PLUGPULL_PORT: `${port}`, PLUGPULL_SOCKET: join(sockets, node) });
    });
    return Object.assign({}, ...each) as Record<string, string>;
  }
}
