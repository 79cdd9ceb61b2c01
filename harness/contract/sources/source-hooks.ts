import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeHook } from './node-hook.js';
import { pythonHook } from './python-hook.js';

/**
 * Hooks for interpreters, loaded without touching the program (PYTHONPATH, NODE_OPTIONS) and only in a second run that
 * explains a finding; the judged run is never hooked.
 *
 * Writes the hooks into a folder and returns the environment that loads them.
 */
export function hookEnvironment(folder: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'sitecustomize.py'), pythonHook);
  const nodeFile = join(folder, 'plugpull-source-lines.cjs');
  writeFileSync(nodeFile, nodeHook);
  const pythonPath = env.PYTHONPATH ? `${folder}:${env.PYTHONPATH}` : folder;
  const nodeOptions = `${env.NODE_OPTIONS ?? ''} --require ${JSON.stringify(nodeFile)}`.trim();
  return { ...env, PYTHONPATH: pythonPath, PYTHONDONTWRITEBYTECODE: '1', NODE_OPTIONS: nodeOptions };
}
