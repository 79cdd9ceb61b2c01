import { connect } from 'node:net';
import type { Capability } from './capability.js';

const limitMs = 1000;

/** Whether something listens where the Docker client would ask. A remote daemon is taken at its word. */
export async function probeDockerDaemon(host = process.env.DOCKER_HOST): Promise<Capability> {
  const about = {
    name: 'docker daemon',
    neededFor: 'running a workload in a container',
    package: 'docker.io',
    fix: 'start it (systemctl start docker), or set DOCKER_HOST',
  };
  if (host !== undefined && !host.startsWith('unix://'))
    return { ...about, ok: true, detail: `DOCKER_HOST=${host}, not tried` };
  const path = host?.slice('unix://'.length) ?? '/var/run/docker.sock';
  const error = await connectingFails(path);
  return {
    ...about,
    ok: error === undefined,
    detail: error === undefined ? `answers on ${path}` : `${path}: ${error}`,
  };
}

function connectingFails(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (error?: string): void => {
      socket.destroy();
      resolve(error);
    };
    socket.setTimeout(limitMs, () => end(`no answer within ${limitMs} ms`));
    socket.once('connect', () => end());
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'ENOENT' ? 'no such socket' : error.code),
    );
  });
}
