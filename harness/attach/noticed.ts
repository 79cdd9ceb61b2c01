import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { descriptorOf } from './call-notices.js';

const program = fileURLToPath(new URL('./noticed-process.js', import.meta.url));

/** Under this command line a program stands still before its calls until somebody lets it go on. */
export const noticed: readonly string[] = [process.execPath, program];

/** The program's own NODE_OPTIONS are not for what becomes it. */
export function noticedEnvironment({ NODE_OPTIONS, ...others }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return NODE_OPTIONS === undefined ? others : { ...others, PLUGPULL_NODE_OPTIONS: NODE_OPTIONS };
}

/**
 * Takes over the listener of a child that runs under `noticed` and has a pipe as its descriptor 3; the child waits for
 * that. The descriptor is whoever's it is given to.
 */
export function takeListener(child: ChildProcess, take: (listener: number | Error) => void): void {
  const line = child.stdio[3] as Duplex;
  line.on('error', () => line.destroy());
  line.once('data', (said: Buffer) => {
    const fd = /^\d+\n/.exec(said.toString());
    try {
      if (!fd) throw new Error(said.toString().replace(/^- /, '').trim());
      take(descriptorOf(child.pid!, Number(fd[0])));
    } catch (error) {
      take(error as Error);
    }
    line.end('\n');
  });
}
