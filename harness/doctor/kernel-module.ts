import { readFileSync } from 'node:fs';
import { release } from 'node:os';

/**
 * The file of a kernel module, by the lists that depmod left under /lib/modules; undefined when there is none, or when
 * the folder is not there, as in most containers.
 */
export function findModule(name: string): string | undefined {
  const folder = `/lib/modules/${release()}`;
  for (const list of ['modules.dep', 'modules.builtin']) {
    const path = readLines(`${folder}/${list}`)
      .map((line) => line.split(':')[0]!)
      .find((file) => new RegExp(`(^|/)${name}\\.ko(\\.\\w+)?$`).test(file));
    if (path !== undefined) return `${folder}/${path}`;
  }
  return undefined;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
