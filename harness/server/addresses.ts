/** Where a server is to listen, as variables that it is started with. */
export interface Addresses {
  PLUGPULL_PORT: string;
  PLUGPULL_SOCKET: string;
}

/** The same for one of several, as all find them: PLUGPULL_PORT_NODE, PLUGPULL_SOCKET_NODE. */
export function calledAfter(
  node: string,
  { PLUGPULL_PORT, PLUGPULL_SOCKET }: Addresses,
): Record<string, string> {
  const [port, socket] = namesAfter(node);
  return { [port]: PLUGPULL_PORT, [socket]: PLUGPULL_SOCKET };
}

/** A node's own among those of all. */
export function ownAddresses(env: NodeJS.ProcessEnv, node: string): Addresses {
  const [port, socket] = namesAfter(node);
  return { PLUGPULL_PORT: env[port]!, PLUGPULL_SOCKET: env[socket]! };
}

function namesAfter(node: string): [port: string, socket: string] {
  const suffix = node.toUpperCase();
  return [`PLUGPULL_PORT_${suffix}`, `PLUGPULL_SOCKET_${suffix}`];
}
