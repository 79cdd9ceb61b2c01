/**
 * Commands that pages show. Each stands in a fenced block that says how it is tested:
 *
 *     ```sh run [WORD...]     run as it is printed, by `npm test`
 *     ```sh run slow ...      run as it is printed, by `npm run campaign -- docs`
 *     ```sh                   not run: test/docs/elsewhere.ts has the reason
 *
 * Words: `exit N` where it does not end with 0; `verdict` where it ends with 0 or 1, since the verdict is the kernel's or
 * the storage's; `needs COMMAND` where a compiler may not be here, `needs root` where a disk is mounted; `checkout` where
 * the current folder is the checkout, else it is one with what the page speaks of (page-folder.ts); `output` where
 * the page shows what is printed (shown-output.ts).
 */
export interface Runnable {
  script: string;
  exitCodes: readonly number[];
  needs: string | null;
  slow: boolean;
  checkout: boolean;
  output: boolean;
}

export function runnablesOf(page: string): Runnable[] {
  return [...page.matchAll(/^```sh run\b([^\n]*)\n(.*?)^```$/gms)].map(([, told, script]) => {
    const words = told!.trim().split(/\s+/);
    const wordAfter = (name: string): string | null => words[words.indexOf(name) + 1 || words.length] ?? null;
    return {
      script: script!,
      exitCodes: words.includes('verdict') ? [0, 1] : [Number(wordAfter('exit') ?? 0)],
      needs: wordAfter('needs'),
      slow: words.includes('slow'),
      checkout: words.includes('checkout'),
      output: words.includes('output'),
    };
  });
}

/** Commands of blocks that are not run, one a line of the shell, without comments. */
export function unrunCommands(page: string): string[] {
  return [...page.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, script]) => commandsOf(script!));
}

/** The commands of a script that has no more than simple ones, without comments. */
export function commandsOf(script: string): string[] {
  return script
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/(?:^|\s+)# .*$/, '').trim())
    .filter((line) => line !== '');
}

/** Lines that look like commands and stand where nobody would run them: indented, or in a block that is no shell's. */
export function strayCommands(page: string): string[] {
  return page
    .replaceAll(/^```.*?^```$/gms, '')
    .split('\n')
    .filter((line) =>
      /^(?: {4,}|\t)(?:\$ |sudo )?(?:(?:bin\/)?plugpull|npm|npx|scripts\/\w+) [a-z-]/.test(line),
    );
}

/** Every `plugpull COMMAND ... --option` that a page shows, in blocks or in running text. */
export function optionsShown(page: string): { command: string; option: string }[] {
  return [
    ...page.matchAll(
      /\bplugpull (run|record|check|show|mount|mutants|probe|worker|report|merge|doctor|init|import|export|schema)\b([^`\n]*)/g,
    ),
  ].flatMap(([, command, rest]) =>
    // What stands behind -- is a program's.
    [...rest!.split(' -- ')[0]!.matchAll(/(?<=\s)--([a-z][a-z-]*)/g)].map(([, option]) => ({
      command: command!,
      option: option!,
    })),
  );
}
