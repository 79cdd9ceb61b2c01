import koffi from 'koffi';

const setChildSubreaper = 36;

/** From now on, what the descendants of this process leave behind becomes its child, not init's (prctl(2)). */
export function adoptOrphans(): void {
  koffi.load('libc.so.6').func('int prctl(int option, ulong a, ulong b, ulong c, ulong d)')(
    setChildSubreaper,
    1,
    0,
    0,
    0,
  );
}
