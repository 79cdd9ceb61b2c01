import { shellQuote } from '../scenario/shell-quote.js';

/**
 * A command for /bin/sh that runs another one as a user of that machine, with the user's groups, HOME and no
 * capabilities (setpriv(1)). The environment stays.
 */
export function asUser(command: string, user: string): string {
  return (
    `HOME=~${user} exec setpriv --reuid ${user} --regid "$(id -g ${user})" --init-groups --inh-caps=-all ` +
    `/bin/sh -c ${shellQuote(command)}`
  );
}

/** A command that gives the directory it runs in, and these folders in it, to a user. */
export function givenTo(user: string, folders: readonly string[]): string {
  return ['chown', `${user}:`, '.', ...folders].join(' ');
}
