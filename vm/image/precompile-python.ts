import { join } from 'node:path';
import type { BuildOptions } from './build-options.js';
import { runTool } from './run-tool.js';

const libraries = ['usr/lib/python3', 'usr/lib/python3.11'];

/**
 * Compiles the root's Python library with the root's own interpreter, started through its own loader, so neither
 * chroot nor root is needed. Without this each start of Python in a guest compiles for seconds what it imports.
 * The files depend on their sources alone: they hold no times; -B keeps the interpreter from leaving files of what
 * it imports itself, with this folder's path in them; and one process compiles all, because what marshal shares
 * between strings depends on what that process compiled before.
 */
export async function precompilePython(root: string, { signal, onStep }: BuildOptions): Promise<void> {
  onStep?.('compiling the Python library');
  await runTool(
    join(root, 'lib64/ld-linux-x86-64.so.2'),
    [
      ...['--library-path', join(root, 'usr/lib/x86_64-linux-gnu'), join(root, 'usr/bin/python3.11')],
      ...['-E', '-S', '-B', '-m', 'compileall', '-q', '-f', '--invalidation-mode', 'unchecked-hash'],
      ...['-s', root, '-p', '/', ...libraries.map((path) => join(root, path))],
    ],
    { signal },
  );
}
