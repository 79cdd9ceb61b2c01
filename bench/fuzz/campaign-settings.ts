import type { RunDetails } from 'fast-check';
import type { Bounds } from './bounds.js';

export interface CampaignSettings {
  runs: number;
  seed: number;
}

/** Reads `[RUNS] [SEED]` from the command line; 100,000 runs and a new seed unless told otherwise. */
export function campaignSettings(program: string, args = process.argv.slice(2)): CampaignSettings {
  const [runs = 100_000, seed = Date.now() % 0x7fffffff] = args.map(Number);
  if (args.length > 2 || !Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
    console.error(
      `usage: node dist/bench/fuzz/${program}.js [RUNS] [SEED]   (two whole numbers), not: ${args.join(' ')}`,
    );
    process.exit(64);
  }
  console.log(`${program}: ${runs} inputs from seed ${seed}`);
  return { runs, seed };
}

/** Prints the last line, or what failed and how to see it again; returns the exit code. */
export function concludeCampaign<T>(
  program: string,
  details: RunDetails<[T]>,
  bounds: Bounds,
  inHex: (input: T) => string,
): number {
  const { failed, counterexample, numRuns, seed, counterexamplePath, errorInstance } = details;
  if (!failed || !counterexample) {
    console.log(`${program}: ${numRuns} inputs endured, seed ${seed}: ${bounds.sentence()}`);
    return 0;
  }
  console.error(`${program}: failed after ${numRuns} inputs, seed ${seed}, path ${counterexamplePath}`);
  console.error(
    errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : errorInstance,
  );
  console.error(`smallest input that fails, in hex:\n${inHex(counterexample[0])}`);
  console.error(`again: node dist/bench/fuzz/${program}.js ${numRuns} ${seed}`);
  return 1;
}
