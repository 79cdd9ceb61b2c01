/**
 * A fenced block of a page that begins with ```sh run, with `exit N` where it does not end with 0, and `needs COMMAND`
 * where a compiler may not be here, or `needs root` where a disk is mounted.
 */
export interface Runnable {
  script: string;
  exitCode: number;
  needs: string | null;
}

export function runnablesOf(page: string): Runnable[] {
  return [...page.matchAll(/^```sh run(?: exit (\d+))?(?: needs (\w+))?\n(.*?)^```$/gms)].map(
    ([, code, needs, script]) => ({
      script: script!,
      exitCode: Number(code ?? 0),
      needs: needs ?? null,
    }),
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
