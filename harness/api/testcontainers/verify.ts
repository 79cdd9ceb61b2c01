/**
 * All crash states of one moment, one after the other: the disk is given each, the containers are started on it, and the test
 * looks. The first that fails is shown with the fewest lost writes.
 *
 * States come in the order of `lostSubsets`: everything lost, nothing, each write alone, and so on; then each write torn.
 * What is counted as seen was seen: nothing is inferred from another state.
 */
import { explain } from '../../explain/explain.js';
import { noGrounds } from '../../explain/observed-cause.js';
import { type ExplorableTrace, explorable } from '../../explore/recording.js';
import { lostSubsets, tornSubsets } from '../../explore/sample.js';
import { shrinkLost } from '../../explore/shrink.js';
import { type Problem, signatureOf } from '../../judge/judgement.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import type { Trace } from '../../trace/trace.js';
import type { Finding } from '../../verdict/finding.js';
import { CrashStateError } from './crash-state-error.js';

export interface Verified {
  /** Crash states that the test looked at. */
  states: number;
  /** There are no others at that moment. */
  exhaustive: boolean;
}

export interface VerifyOptions {
  /** Crash states to look at at most. Each starts the containers anew. */
  states: number;
  seed: number;
  /** Given before the cut. */
  acks: number;
}

/** Tries of one failing state with fewer lost writes. */
const mostTries = 20;

/**
 * @param look puts the disk into the state in which these pieces are lost, and throws what the test throws
 * @throws CrashStateError
 */
export async function verifyStates(
  trace: Trace,
  look: (point: number, lost: readonly number[]) => Promise<void>,
  { states: most, seed, acks }: VerifyOptions,
): Promise<Verified> {
  const traced = explorable(trace);
  const { pieces } = traced.recording;
  const end = traced.points.at(-1)!;
  const pending = pieces.pendingAt(end);
  let states = 0;
  for (const lost of statesOf(traced, pending, seed)) {
    if (states === most) return { states, exhaustive: false };
    states++;
    const failure = await thrownBy(() => look(end.id, lost));
    if (failure === null) continue;
    let shown = failure;
    let tries = 0;
    const fewest = await shrinkLost(lost, async (fewer) => {
      if (tries++ >= mostTries) return false;
      const again = await thrownBy(() => look(end.id, fewer));
      shown = again ?? shown;
      return again !== null;
    });
    throw new CrashStateError(
      findingOf(trace, traced, { point: end.id, lost: fewest, failure: shown, acks }),
      shown,
    );
  }
  return { states, exhaustive: true };
}

function* statesOf(
  { recording: { pieces } }: ExplorableTrace,
  pending: readonly number[],
  seed: number,
): Generator<number[]> {
  yield* lostSubsets(pending, seed);
  yield* tornSubsets(pieces, pending);
}

/** What it throws, in an object; null when it throws nothing. */
async function thrownBy(action: () => Promise<void>): Promise<Error | null> {
  try {
    await action();
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function findingOf(
  trace: Trace,
  traced: ExplorableTrace,
  { point, lost, failure, acks }: { point: number; lost: number[]; failure: Error; acks: number },
): Finding {
  const problem: Problem = {
    outcome: 'violation',
    kind: 'checker',
    path: null,
    failure: 'checker',
    detail: failure.message.split('\n')[0]!,
    promise: 'the test finds what it was told is safe',
  };
  const torn = lost.some((piece) => traced.recording.pieces.tornBy(piece) !== undefined);
  const sighting = { signature: signatureOf(problem), problem, point, lost, leaves: 1, nested: false, torn };
  const { fs } = trace.manifest.scenario.storage[0]!;
  const finding = explain({
    ...{ trace, traced, id: 'F1', storage: fs, run: trace.folder },
    group: { sightings: [sighting], grounds: noGrounds },
  });
  const { crash_point } = finding;
  // The recording has those since the disk had power last.
  if (crash_point) crash_point.acks = acks;
  return { ...finding, reproduce: `plugpull check ${shellQuote(trace.folder)} --checker COMMAND` };
}
