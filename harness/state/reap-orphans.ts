import koffi from 'koffi';

const anyChild = -1;
const doNotWait = 1;

/** Takes leave of adopted processes that have ended (waitpid(2)): nobody else would, and they would stay as zombies. */
export function reapOrphans(): void {
  const waitpid = koffi.load('libc.so.6').func('int waitpid(int pid, void *status, int options)');
  while ((waitpid(anyChild, null, doNotWait) as number) > 0);
}
