import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pipe } from '../../attach/libc.js';
import type { RecovererSetup } from './recovery-messages.js';

/** The recovering process, which waits for a setup, and for another one when it is done. Without an event loop here: a raw pipe and lines. */
export class RecovererChild {
  readonly #input: number;

  constructor() {
    const [childInput, input] = pipe();
    const program = fileURLToPath(new URL('./recoverer.js', import.meta.url));
    // Marked as the run's own by the environment that this process has from the command.
    spawn(process.execPath, [program], { stdio: [childInput, 'ignore', 'inherit'] });
    closeSync(childInput);
    this.#input = input;
  }

  begin(setup: RecovererSetup): void {
    writeSync(this.#input, `${JSON.stringify(setup)}\n`);
  }
}
