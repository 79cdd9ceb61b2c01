import { findCommand } from '../../harness/doctor/find-command.js';

/**
 * The beginning of the command line of a program that is not to outlive who starts it: when that ends, however it ends, the
 * program gets a signal (PR_SET_PDEATHSIG, prctl(2)). Whoever ends tests may kill them, and nobody is there to tidy up then.
 * Empty where there is no setpriv(1).
 */
export function withParent(signal: 'TERM' | 'KILL'): readonly string[] {
  const setpriv = findCommand('setpriv');
  return setpriv === undefined ? [] : [setpriv, '--pdeathsig', signal];
}
