/**
 * Counts the tests in one file's TAP output.
 *
 * A test is a subtest (`t.test`) that has no subtests of its own; an assertion outside any such subtest is a test
 * too. So the numbers are those of the named things a person wrote, and do not jump with a loop of assertions.
 * A subtest with subtests that fails although none of them did (a plan not kept, a time limit) counts one failure.
 * Skipped and todo tests count as skipped, whatever they hold.
 */
import { type FinalResults, Parser, type Result } from 'tap-parser';

export interface Failure {
  /** Names from the file inwards: `['writes', 'tears a sector', 'should be equal']`. */
  path: string[];
  /** The YAML block under the failed line, when there is one. */
  diagnostics: Record<string, unknown>;
}

export interface Tally {
  passed: number;
  failed: number;
  /** One reason a skipped test. */
  skipped: string[];
  failures: Failure[];
}

export function emptyTally(): Tally {
  return { passed: 0, failed: 0, skipped: [], failures: [] };
}

export function addTally(into: Tally, from: Tally): void {
  into.passed += from.passed;
  into.failed += from.failed;
  into.skipped.push(...from.skipped);
  into.failures.push(...from.failures);
}

/** Reads TAP piece by piece; `end` gives the count once nothing more comes. */
export class TapTally {
  readonly #parser = new Parser();
  readonly #root = new Level(this.#parser, []);
  #final: FinalResults | undefined;

  constructor() {
    this.#parser.on('complete', (results: FinalResults) => {
      this.#final = results;
    });
  }

  write(text: string): void {
    this.#parser.write(text);
  }

  /** Lines that are not TAP, such as what a test printed. */
  onExtra(listener: (text: string) => void): void {
    this.#root.onExtra = listener;
  }

  end(): Tally {
    this.#parser.end();
    return this.#root.close(this.#final);
  }
}

/** One nesting level of the output: the file, or a subtest. */
class Level {
  onExtra: (text: string) => void = () => {};
  readonly #path: string[];
  readonly #own = emptyTally();
  readonly #inner = emptyTally();
  #subtests = 0;
  /** A subtest whose closing line has not come yet. */
  #open: Level | undefined;

  constructor(parser: Parser, path: string[]) {
    this.#path = path;
    parser.on('child', (child: Parser) => {
      this.#subtests += 1;
      this.#open = new Level(child, [...path, child.name]);
      this.#open.onExtra = (text) => this.onExtra(text);
    });
    parser.on('assert', (result: Result) => this.#assert(result));
    parser.on('extra', (text: string) => this.onExtra(text));
  }

  #assert(result: Result): void {
    const subtest = this.#open;
    this.#open = undefined;
    if (subtest === undefined) countOne(this.#own, result, [...this.#path, result.name]);
    else addTally(this.#inner, subtest.#closedBy(result));
  }

  /** This subtest's count, given the line of the parent that closes it. */
  #closedBy(result: Result): Tally {
    const tally = emptyTally();
    if (this.#subtests === 0 || result.skip || result.todo) {
      countOne(tally, result, this.#path);
      if (tally.failed > 0 && this.#own.failures.length > 0) tally.failures = this.#own.failures;
      return tally;
    }
    addTally(tally, this.#unclosed());
    if (!result.ok && tally.failed === 0) countOne(tally, result, this.#path);
    return tally;
  }

  #unclosed(): Tally {
    const tally = emptyTally();
    addTally(tally, this.#inner);
    addTally(tally, this.#own);
    if (this.#open !== undefined) {
      const cut = this.#open.#unclosed();
      tally.failed += 1;
      tally.failures.push(...cut.failures, {
        path: this.#open.#path,
        diagnostics: { message: 'the output ends inside this test' },
      });
    }
    return tally;
  }

  /** The whole file's count. */
  close(final: FinalResults | undefined): Tally {
    const tally = this.#unclosed();
    if (final === undefined) return tally;
    // The parser makes up a plan of no tests where it finds none: only a reason shows that the file meant it.
    const { skipAll, skipReason } = final.plan;
    if (skipAll && skipReason && skipReason !== 'no tests found') tally.skipped.push(skipReason);
    // `final.ok` will not do: a todo subtest with a failed assertion turns it false.
    const fault = final.bailout || final.failures.length > 0;
    if (fault && tally.failed === 0) {
      tally.failed = 1;
      tally.failures.push({ path: [], diagnostics: { message: tapFault(final) } });
    }
    return tally;
  }
}

function countOne(tally: Tally, result: Result, path: string[]): void {
  const reason = result.skip || result.todo;
  if (reason) tally.skipped.push(reason === true ? 'no reason given' : reason);
  else if (result.ok) tally.passed += 1;
  else {
    tally.failed += 1;
    tally.failures.push({ path, diagnostics: isRecord(result.diag) ? result.diag : {} });
  }
}

function tapFault(final: FinalResults): string {
  if (final.bailout) return `bailed out: ${final.bailout === true ? 'no reason given' : final.bailout}`;
  const faults = final.failures.map((failure) => failure.tapError).filter(Boolean);
  return faults.length > 0 ? faults.join('; ') : 'the file failed as a whole';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
