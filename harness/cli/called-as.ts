import { findCommand } from '../doctor/find-command.js';
import { shellQuote } from '../scenario/shell-quote.js';

/** Where bin/plugpull says by what path it was called. */
const variable = 'PLUGPULL_CALLED_AS';

/**
 * What a person types to call plugpull as this one was called: `plugpull` where that is the one that PATH finds, `npx
 * plugpull` where it is a project's, else the path as it was typed.
 * @param path as a shell script finds it in `$0`; undefined where nobody knows
 */
export function commandFor(path: string | undefined, inPath = findCommand('plugpull')): string {
  if (path === undefined) return 'plugpull';
  // Before PATH: npm puts this folder in front of it, for its own children only.
  if (/(?:^|\/)node_modules\/(?:\.bin|plugpull\/bin)\//.test(path)) return 'npx plugpull';
  return path === inPath ? 'plugpull' : shellQuote(path);
}

let known: string | undefined;

/** The same for this process. What it starts does not inherit it. */
export function called(): string {
  if (known === undefined) {
    known = commandFor(process.env[variable]);
    delete process.env[variable];
  }
  return known;
}
