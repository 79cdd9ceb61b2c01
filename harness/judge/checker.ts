/**
 * The user's checker: a program that looks at a recovered directory and says whether the promises hold.
 *
 * One-shot: exit 0 holds, 1 violated with its first line of output as the reason, anything else cannot tell.
 * Persistent: started once; a JSON line a crash state in, `{"outcome", "reason"}` out.
 * A checker that crashes, hangs or prints garbage is `unknown`, never a pass.
 */
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Checker } from '../scenario/schema.js';
import { SyncChild } from './child.js';
import type { Judgement, Problem } from './judgement.js';

/** What a checker is told, as JSON; field names are API. */
export interface CheckerState {
  /** The recovered directory, absolute. */
  directory: string;
  /** The text of every ack given before the cut. */
  acks: string[];
  crash_point: { log_index: number; reason: string; acks: number };
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

const promise = 'the checker finds its promises kept';
const answerSchema = z.object({
  outcome: z.enum(['pass', 'violation', 'unknown']),
  reason: z.string().default(''),
});

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
        env: {
          ...env,
          PLUGPULL_STATE: stateFile,
          PLUGPULL_DIR: state.directory,
          PLUGPULL_ACKS: String(state.acks.length),
          PLUGPULL_LAST_ACK: state.acks.at(-1) ?? '',
        },
      });
    } catch (error) {
      return unknown(`the checker cannot be started: ${(error as Error).message}`);
    }
    try {
      child.closeInput();
      const output = child.readAll(checker.timeout, 4096);
      if (output === 'timeout') return unknown(`the checker did not end within ${checker.timeout / 1000} s`);
      const end = child.wait(checker.timeout);
      if (end === null)
        return unknown(`the checker closed its output but did not end within ${checker.timeout / 1000} s`);
      const [firstLine] = output.text.split('\n');
      if ('signal' in end) return unknown(`the checker was killed by signal ${end.signal}`);
      if (end.exitCode === 0) return { problems: [] };
      if (end.exitCode === 1) return violated(firstLine || 'the checker gave no reason');
      return unknown(`the checker ended with exit code ${end.exitCode}${firstLine ? `: ${firstLine}` : ''}`);
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
      return unknown(`the persistent checker cannot be asked: ${(error as Error).message}`);
    }
    if (answer !== null && answer !== 'timeout') {
      const parsed = parseAnswer(answer.line);
      if (parsed?.outcome === 'pass') return { problems: [] };
      if (parsed?.outcome === 'violation') return violated(parsed.reason || 'the checker gave no reason');
      if (parsed?.outcome === 'unknown')
        return unknown(`the checker cannot tell: ${parsed.reason || 'no reason given'}`);
    }
    // Whatever state it is in, the next crash state deserves a fresh one.
    this.dispose();
    if (answer === 'timeout')
      return unknown(`the persistent checker did not answer within ${checker.timeout / 1000} s`);
    if (answer === null) return unknown('the persistent checker ended instead of answering');
    return unknown(
      `the persistent checker answered ${JSON.stringify(answer.line.slice(0, 200))} instead of {"outcome": ..., "reason": ...}`,
    );
  }
}

function parseAnswer(line: string): z.output<typeof answerSchema> | null {
  try {
    return answerSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

function violated(reason: string): Judgement {
  return { problems: [{ ...checkerProblem(reason), outcome: 'violation' }] };
}

function unknown(reason: string): Judgement {
  return { problems: [{ ...checkerProblem(reason), outcome: 'unknown' }] };
}

function checkerProblem(detail: string): Omit<Problem, 'outcome'> {
  return { kind: 'checker', path: null, failure: 'checker', detail, promise };
}
