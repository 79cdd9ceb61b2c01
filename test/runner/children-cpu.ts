import { readFileSync } from 'node:fs';

/** Of a second: USER_HZ, which Linux fixes for programs on x86 and ARM. */
const tickMs = 10;
/** proc(5), stat: fields 16 and 17, cutime and cstime; field 3 is the first one after the name. */
const [childrenUser, childrenSystem] = [16 - 3, 17 - 3] as const;

/**
 * Takes the processor time of children apart, of which the kernel keeps only the sum: `sinceLast` is that of the one that has
 * just been waited for, with all that it waited for itself. Two that end in the same moment are told as one and nothing.
 */
export class ChildrenCpu {
  #toldMs = 0;

  sinceLast(): number {
    const before = this.#toldMs;
    this.#toldMs = childrenCpuMs();
    return this.#toldMs - before;
  }
}

function childrenCpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[childrenUser]) + Number(fields[childrenSystem])) * tickMs;
}
