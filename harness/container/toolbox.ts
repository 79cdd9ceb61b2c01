/**
 * Programs of this machine that run in containers of whatever make, with the libraries they were built for: started
 * through their own loader (ld.so(8)), they use nothing of the image's. The programs that they start do not inherit it.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCommand } from '../doctor/find-command.js';
import { insidePaths } from './inside-paths.js';

const libraries = 'lib';
const loader = 'loader';

/** A folder below `home` with strace, if it is here, and the libraries of strace and Node; made once. */
export function toolbox(home: string): string {
  const folder = join(home, 'toolbox');
  if (existsSync(folder)) return folder;
  const making = `${folder}-${process.pid}`;
  mkdirSync(join(making, libraries), { recursive: true, mode: 0o755 });
  const strace = findCommand('strace');
  if (strace !== undefined) copyFileSync(strace, join(making, 'strace'));
  for (const program of [process.execPath, ...(strace === undefined ? [] : [strace])]) {
    for (const path of librariesOf(program)) {
      const isLoader = /^ld[-.]/.test(basename(path));
      copyFileSync(path, isLoader ? join(making, loader) : join(making, libraries, basename(path)));
    }
  }
  try {
    renameSync(making, folder);
  } catch {
    // Another lane was first.
    rmSync(making, { recursive: true, force: true });
  }
  return folder;
}

/** Where programs and modules are, here and in containers. */
export const builtFolder = fileURLToPath(new URL('../../', import.meta.url));
const attendingProgram = fileURLToPath(new URL('inside-process.js', import.meta.url));
/** The program that attends the others, as it is called in a container. */
export const insideProgram = join(insidePaths.built, relative(builtFolder, attendingProgram));

/** The command line that starts Node, or strace, in a container. */
export function insideCommand(program: 'node' | 'strace'): string[] {
  const { tools, node } = insidePaths;
  const path = program === 'node' ? node : `${tools}/strace`;
  return [`${tools}/${loader}`, '--library-path', `${tools}/${libraries}`, path];
}

/** What ldd(1) lists, the loader included. */
function librariesOf(program: string): string[] {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => /^\s*(?:\S+ => )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}
