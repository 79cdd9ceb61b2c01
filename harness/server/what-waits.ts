import { readFileSync } from 'node:fs';
import { commandName } from '../state/processes.js';

/**
 * What programs wait in, as the kernel names it (proc(5), `wchan`), for whoever has to tell why one does not end:
 * `python3 in unix_stream_data_wait, 5 postgres in do_epoll_wait`. One that runs, or may not be looked at, has `no wait`.
 */
export function whatWaits(pids: readonly number[]): string {
  const counted = new Map<string, number>();
  for (const pid of pids) {
    const name = commandName(pid);
    if (name === null) continue;
    const wait = `${name} in ${waitOf(pid)}`;
    counted.set(wait, (counted.get(wait) ?? 0) + 1);
  }
  return [...counted].map(([wait, count]) => (count === 1 ? wait : `${count} ${wait}`)).join(', ');
}

function waitOf(pid: number): string {
  try {
    const wait = readFileSync(`/proc/${pid}/wchan`, 'utf8').trim();
    return wait === '' || wait === '0' ? 'no wait' : wait;
  } catch {
    return 'no wait';
  }
}
