import { readdirSync, readFileSync } from 'node:fs';

/** All that are there, this one among them. */
export function processIds(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

export interface ProcessState {
  parent: number;
  /** The device of the terminal that controls it; 0 when none does. */
  terminal: number;
  /** Clock ticks since boot. */
  startTime: string;
}

/** Of proc(5)'s stat; null when it has ended, though nobody may have taken leave of it yet. */
export function processState(pid: number): ProcessState | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the command, may hold spaces and brackets: count from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (/[ZX]/.test(fields[0] ?? '')) return null;
    return { parent: Number(fields[1]), terminal: Number(fields[4]), startTime: fields[19] ?? '' };
  } catch {
    return null;
  }
}
