import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** What a reader of results must know of the machine. */
export function describeEnvironment(): Record<string, string> {
  return {
    kernel: release(),
    distribution: distribution(),
    node: process.version,
    cpus: String(cpus().length),
    memory_mib: String(Math.round(totalmem() / 2 ** 20)),
  };
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
