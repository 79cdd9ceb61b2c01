import { commandsOf, runnablesOf, unrunCommands } from '../../bench/docs/runnable.js';

/** A command as a page shows it. */
export interface ShownCommand {
  program: 'plugpull' | 'npm';
  words: string[];
}

/** Those that `npm test` does not run: in blocks for the campaign, and in blocks that nothing runs. */
export function commandsShown(page: string): ShownCommand[] {
  const slow = runnablesOf(page).filter((one) => one.slow);
  return [...unrunCommands(page), ...slow.flatMap(({ script }) => commandsOf(script))].flatMap((line) => {
    const [, program, rest] = /^(?:sudo )?(?:npx )?(?:bin\/)?(plugpull|npm) (.*)$/.exec(line) ?? [];
    return program === undefined
      ? []
      : [{ program: program as ShownCommand['program'], words: shellWords(rest!) }];
  });
}

/** Words of a simple command, up to a comment, a pipe, another command or a redirection. */
function shellWords(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)) {
    if (/^(?:#.*|[|;&]+|>.*)$/.test(word)) break;
    words.push(word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2').replace(/;$/, ''));
  }
  return words;
}
