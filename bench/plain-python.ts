import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';

/**
 * PATH with the folder of the Python that `python3` leads to in front. A version manager's `python3` is a shell script that
 * starts twenty programs before it comes to that: more system calls to trace, and more time, than most workloads have.
 * Unchanged where there is no Python.
 */
export function pathToPlainPython(path = process.env.PATH ?? ''): string {
  const { stdout, status } = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  });
  return status === 0 && stdout.startsWith('/') ? `${dirname(stdout.trim())}:${path}` : path;
}
