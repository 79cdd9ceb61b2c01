/** Where and how this process is scheduled: sched_setaffinity(2), sched_setscheduler(2). */
import { availableParallelism } from 'node:os';
import koffi from 'koffi';
import { SystemCallError } from './libc.js';

const libc = koffi.load('libc.so.6');
const calls = {
  getAffinity: libc.func('int sched_getaffinity(int pid, size_t length, void *mask)'),
  setAffinity: libc.func('int sched_setaffinity(int pid, size_t length, void *mask)'),
  setScheduler: libc.func('int sched_setscheduler(int pid, int policy, void *parameters)'),
};

/** Room for 8192 processors, the most that Linux can have. */
const maskBytes = 1024;
const batch = 3;

/** Numbers of the processors that this process may run on. */
export function allowedProcessors(): number[] {
  const mask = Buffer.alloc(maskBytes);
  if (calls.getAffinity(0, maskBytes, mask) < 0)
    return Array.from({ length: availableParallelism() }, (_, n) => n);
  const allowed: number[] = [];
  for (let n = 0; n < 8 * maskBytes; n++) if (mask[n >> 3]! & (1 << (n & 7))) allowed.push(n);
  return allowed;
}

/** Keeps this process, and those it starts from now on, on one processor. */
export function stayOn(processor: number): void {
  const mask = Buffer.alloc(maskBytes);
  mask[processor >> 3]! |= 1 << (processor & 7);
  if (calls.setAffinity(0, maskBytes, mask) < 0)
    throw new SystemCallError('sched_setaffinity', `${processor}`, koffi.errno());
}

/**
 * SCHED_BATCH: being woken does not preempt who runs. A server on the processor of the one it serves then finds several
 * requests at once, where it would be asked for each alone. Needs no right.
 */
export function preemptNobody(): void {
  if (calls.setScheduler(0, batch, Buffer.alloc(4)) < 0)
    throw new SystemCallError('sched_setscheduler', 'SCHED_BATCH', koffi.errno());
}
