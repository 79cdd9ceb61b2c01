/**
 * The user's checker: a program that looks at a recovered directory and says whether the promises hold.
 *
 * One-shot: exit 0 holds, 1 violated with its first line of output as the reason, anything else cannot tell.
 * Persistent: started once; a JSON line a crash state in, `{"outcome", "reason"}` out.
 * A checker that crashes, hangs or prints garbage is `unknown`, never a pass.
 */
import { writeFileSync } from 'node:fs';
import type { Checker } from '../scenario/schema.js';
import { checkerEnvironment } from './checker-environment.js';
import { cannotTell, judgementOfAnswer, judgementOfEnd } from './checker-verdict.js';
import { SyncChild } from './child.js';
import type { Judgement } from './judgement.js';

/** What a checker is told, as JSON; field names are API. */
export interface CheckerState {
  /** The recovered directory, absolute. */
  directory: string;
  /** The text of every ack given before the cut. */
  acks: string[];
  /** `log_index`: where the log of writes was cut, or of system calls; null where none was kept (dm-flakey). */
  crash_point: { log_index: number | null; reason: string; acks: number };
}

export interface CheckerOptions {
  checker: Checker;
  /** Where a persistent checker runs: not on the recovered file system, which comes and goes. */
  homeFolder: string;
  /** File to put the state in for a one-shot checker. */
  stateFile: string;
  env: Record<string, string>;
  /** Descriptor its standard error goes to. */
  stderr: number;
}

export class CheckerRunner {
  #persistent: SyncChild | null = null;

  constructor(private readonly options: CheckerOptions) {}

  check(state: CheckerState): Judgement {
    return this.options.checker.persistent ? this.#ask(state) : this.#runOnce(state);
  }

  dispose(): void {
    this.#persistent?.dispose();
    this.#persistent = null;
  }

  #runOnce(state: CheckerState): Judgement {
    const { checker, env, stateFile, stderr } = this.options;
    writeFileSync(stateFile, JSON.stringify(state));
    let child: SyncChild;
    try {
      child = new SyncChild(checker.run, {
        folder: state.directory,
        stderr,
        env: { ...env, ...checkerEnvironment(state, stateFile) },
      });
    } catch (error) {
      return cannotTell(`the checker cannot be started: ${(error as Error).message}`);
    }
    try {
      child.closeInput();
      const output = child.readAll(checker.timeout, 4096);
      if (output === 'timeout')
        return cannotTell(`the checker did not end within ${checker.timeout / 1000} s`);
      const end = child.wait(checker.timeout);
      if (end === null)
        return cannotTell(`the checker closed its output but did not end within ${checker.timeout / 1000} s`);
      return judgementOfEnd(end, output.text);
    } finally {
      child.dispose();
    }
  }

  #ask(state: CheckerState): Judgement {
    const { checker, env, homeFolder, stderr } = this.options;
    let answer: { line: string } | 'timeout' | null;
    try {
      this.#persistent ??= new SyncChild(checker.run, { folder: homeFolder, env, stderr });
      const taken = this.#persistent.writeLine(JSON.stringify(state), checker.timeout);
      answer = taken ? this.#persistent.readLine(checker.timeout) : 'timeout';
    } catch (error) {
      this.dispose();
      return cannotTell(`the persistent checker cannot be asked: ${(error as Error).message}`);
    }
    const { problems, clear } = judgementOfAnswer(answer, checker.timeout);
    // Whatever state it is in, the next crash state deserves a fresh one.
    if (!clear) this.dispose();
    return { problems };
  }
}
