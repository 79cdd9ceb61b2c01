/** A command as a page shows it, without what is no part of it (`...`, comments). */
export interface ShownCommand {
  program: 'plugpull' | 'npm';
  words: string[];
}

/** Those on lines of their own: indented, or in a fenced block that is not run. */
export function commandsShown(page: string): ShownCommand[] {
  const unrun = page.replace(/^```sh run.*?^```$/gms, '').replaceAll(/\\\n\s*/g, ' ');
  return [...unrun.matchAll(/^(?: {4}|\$ )?(?:sudo )?(?:npx )?(?:bin\/)?(plugpull|npm) (.*)$/gm)]
    .filter(([line]) => /^ {4}|^\$ /.test(line))
    .map(([, program, rest]) => ({
      program: program as ShownCommand['program'],
      words: shellWords(rest!).filter((word) => word !== '...'),
    }))
    .filter(({ words }) => words.length > 0 && !words[0]!.startsWith('('));
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
