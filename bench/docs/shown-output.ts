/**
 * Pages that show what a command prints: a block ```sh run output, with `exit N` where it does not end with 0, and behind
 * it a block ```text with what it printed. The second is made by running the first.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

export interface ShownRun {
  script: string;
  exitCode: number;
  /** What the page says that it prints. */
  shown: string;
}

const block = /^```sh run output(?: exit (\d+))?\n(.*?)^```\n\n```text\n(.*?)^```$/gms;

export function shownRuns(page: string): ShownRun[] {
  return [...page.matchAll(block)].map(([, code, script, shown]) => ({
    script: script!,
    exitCode: Number(code ?? 0),
    shown: shown!,
  }));
}

/**
 * Runs the blocks of a page one after the other in one folder.
 * @param folder a new one, in a folder of its own
 * @returns what each printed on standard output, with the folder as a person's, and how it ended
 */
export async function runShown(
  page: string,
  folder: string,
  env: Record<string, string>,
): Promise<{ exitCode: number; printed: string; errors: string }[]> {
  const cwd = join(folder, 'project');
  mkdirSync(cwd);
  const ended: { exitCode: number; printed: string; errors: string }[] = [];
  for (const { script } of shownRuns(page)) {
    const { exitCode, stdout, stderr } = await execa('sh', ['-e', '-c', script], {
      cwd,
      env,
      reject: false,
      stdin: 'ignore',
    });
    const printed = `${stdout}\n`
      .replaceAll(cwd, '/home/you/project')
      .replaceAll(/\d{8}-\d{6}-[0-9a-f]{4}/g, '20261130-120000-abcd');
    ended.push({ exitCode: exitCode ?? 1, printed, errors: stderr });
  }
  return ended;
}

/** The page with what its commands print now. */
export function withOutput(page: string, printed: readonly string[]): string {
  let i = 0;
  return page.replaceAll(block, (whole: string, _code: string, _script: string, shown: string) => {
    const text = printed[i++]!;
    return `${whole.slice(0, whole.length - shown.length - 3)}${text}\`\`\``;
  });
}

/** What has to be the same in each run: all but how much and how fast, and the kernel. */
export function comparable(printed: string): string {
  return printed
    .replaceAll(/Linux \S+/g, 'Linux #')
    .replaceAll(/\d+(?:\.\d+)?(?:e\d+)?/g, '#')
    .replaceAll(/[ -]{2,}/g, ' ')
    .trimEnd();
}
