import { existsSync, statSync } from 'node:fs';

/** Programs whose first argument that is no option is the program to run. */
const interpreters =
  /^(?:.*\/)?(?:python[\d.]*|node|perl|ruby|php|(?:ba|da|z|k)?sh|tsx|deno|bun|tclsh|lua[\d.]*)$/;

/**
 * The file of a command that is named from the folder the command line was typed in. A workload runs in an empty folder of
 * its own, where that name leads nowhere.
 *
 * @param words a command and its arguments, or one text for the shell
 * @returns null: none; also where the shell may make something else of it
 */
export function relativeProgram(words: readonly string[]): string | null {
  const [first = '', ...others] = words.length === 1 ? words[0]!.trim().split(/\s+/) : words;
  const program = interpreters.test(first) ? others.find((word) => !word.startsWith('-')) : first;
  if (program === undefined || program.startsWith('/')) return null;
  // Without a slash the shell looks for a program in PATH.
  if (program === first && !program.includes('/')) return null;
  return existsSync(program) && statSync(program).isFile() ? program : null;
}
