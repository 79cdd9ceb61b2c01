/** Errors keep what matters on their way through a process or a thread. */
import t from 'tap';
import { DiskFullError } from '../../harness/capture/grown-disk.js';
import { KernelLacksError, UnavailableError, UsageError } from '../../harness/verdict/errors.js';
import { errorSaid, saidError } from '../../harness/verdict/said-error.js';

const heard = (error: unknown): Error => errorSaid(structuredClone(saidError(error)));

t.test('what a person can act on stays so, of whatever class it is', async (t) => {
  for (const [error, kind] of [
    [new UsageError('wrong'), UsageError],
    [new DiskFullError('full'), UsageError],
    [new UnavailableError('missing'), UnavailableError],
    [new KernelLacksError('older'), UnavailableError],
  ] as const) {
    t.type(heard(error), kind);
    t.equal(heard(error).message, error.message);
  }
});

t.test('all else is a fault with its stack', async (t) => {
  const error = new TypeError('ours');
  t.match(heard(error), { name: 'TypeError', message: 'ours', stack: error.stack });
  t.match(heard('a word'), { name: 'Error', message: 'a word' });
});
