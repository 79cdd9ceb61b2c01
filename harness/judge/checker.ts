/**
 * The user's checker: a program that looks at a recovered directory and says whether the promises hold.
 *
 * One-shot: exit 0 holds, 1 violated with its first line of output as the reason, anything else cannot tell; exit 1
 * with errors and no output is a failure of its own. What it leaves in the background is not waited for.
 * Persistent: started once; a JSON line a crash state in, `{"outcome", "reason"}` out.
 * A checker that crashes, hangs or prints garbage is `unknown`, never a pass.
 */
import { closeSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import type { StartedChecker } from '../server/programs.js';
import { checkerEnvironment } from './checker-environment.js';
import type { CheckerState } from './checker-state.js';
import { cannotTell, judgementOfAnswer, judgementOfEnd, type PersistentAnswer } from './checker-verdict.js';
import { SyncChild } from './child.js';
import type { Judgement } from './judgement.js';
import { persistentQuestion } from './persistent-question.js';

export interface CheckerOptions {
  checker: StartedChecker;
  /** Where a persistent checker runs: not on the recovered file system, which comes and goes. */
  homeFolder: string;
  /** File to put the state in for a one-shot checker, and for one that is attended. */
  stateFile: string;
  env: Record<string, string>;
  /** Where its standard error goes; its end is in the judgement. */
  stderrFile: string;
}

export class CheckerRunner {
  #persistent: SyncChild | null = null;
  readonly #stderr: ErrorFile;

  constructor(private readonly options: CheckerOptions) {
    this.#stderr = new ErrorFile(options.stderrFile);
  }

  check(state: CheckerState): Judgement {
    return this.options.checker.persistent ? this.#ask(state) : this.#runOnce(state);
  }

  dispose(): void {
    this.endPersistent();
    this.#stderr.close();
  }

  /** Ends a persistent checker, which may hold the recovered file system open; the next state starts a fresh one. */
  endPersistent(): void {
    this.#persistent?.dispose();
    this.#persistent = null;
  }

  #runOnce(state: CheckerState): Judgement {
    const { checker, env, stateFile } = this.options;
    this.#stderr.begin();
    writeFileSync(stateFile, JSON.stringify(state));
    let child: SyncChild;
    try {
      child = new SyncChild(checker.run, {
        folder: state.directory,
        stderr: this.#stderr.descriptor,
        env: { ...env, ...checkerEnvironment(state, stateFile) },
      });
    } catch (error) {
      return cannotTell(`the checker cannot be started: ${(error as Error).message}`);
    }
    try {
      child.closeInput();
      const output = child.readAll(checker.timeout, keptBytes);
      if (output === 'timeout')
        return cannotTell(`the checker did not end within ${checker.timeout / 1000} s`);
      const end = child.wait(checker.timeout);
      if (end === null)
        return cannotTell(`the checker closed its output but did not end within ${checker.timeout / 1000} s`);
      return judgementOfEnd(end, { stdout: output.text, stderr: this.#stderr.end() }, checker.attended);
    } finally {
      child.dispose();
    }
  }

  #ask(state: CheckerState): Judgement {
    const { checker, env, homeFolder, stateFile } = this.options;
    this.#stderr.begin();
    let answer: PersistentAnswer;
    try {
      this.#persistent ??= new SyncChild(checker.run, {
        folder: homeFolder,
        env,
        stderr: this.#stderr.descriptor,
      });
      const taken = this.#persistent.writeLine(
        persistentQuestion(checker, state, stateFile),
        checker.timeout,
      );
      const said = taken ? this.#persistent.readLine(checker.timeout) : 'timeout';
      answer = said ?? { ended: this.#persistent.wait(endMs) };
    } catch (error) {
      this.endPersistent();
      return cannotTell(`the persistent checker cannot be asked: ${(error as Error).message}`);
    }
    const { problems, clear } = judgementOfAnswer(answer, checker, this.#stderr.end());
    // Whatever state it is in, the next crash state deserves a fresh one.
    if (!clear) this.endPersistent();
    return { problems };
  }
}

const keptBytes = 4096;
/** Who has closed its output has mostly ended, too; it is not waited for longer to hear how. */
const endMs = 1000;

/** A file that standard error is appended to, and what came into it since the last state. */
class ErrorFile {
  readonly descriptor: number;
  #from = 0;

  constructor(path: string) {
    this.descriptor = openSync(path, 'a+');
  }

  begin(): void {
    this.#from = fstatSync(this.descriptor).size;
  }

  /** The end of what was written since. */
  end(): string {
    const { size } = fstatSync(this.descriptor);
    const from = Math.max(this.#from, size - keptBytes);
    const bytes = Buffer.alloc(Math.max(0, size - from));
    const count = readSync(this.descriptor, bytes, 0, bytes.length, from);
    return bytes.toString('utf8', 0, count);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
