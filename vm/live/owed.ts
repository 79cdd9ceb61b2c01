/**
 * What is owed after a round's power cut.
 *
 * As for a recording: what was visible at the last ack, except what the workload has been changing since. A round that
 * began on what an earlier one left owes that, too, but only as long as its own workload leaves it alone: a program
 * that writes its file anew takes back its earlier promise about it, and renews it with its next ack. What setup made
 * is owed in every round as in the first.
 */
import type { Claim } from '../../harness/promise/claim.js';
import { claimsAfter } from '../../harness/promise/claims.js';
import { KeptClaim } from '../../harness/promise/kept.js';
import { promisedInTrace } from '../../harness/promise/promised-names.js';
import { promisesOf } from '../../harness/promise/promises.js';
import { WatchedCourse } from '../../harness/promise/watched-course.js';
import type { Scenario } from '../../harness/scenario/schema/scenario.js';
import type { TreeEntry } from '../../harness/trace/events.js';
import type { Observations } from '../../harness/trace/observations.js';

/** @param fromSetup paths that setup made */
export function owedAfterRound(
  round: Pick<Observations, 'snapshots' | 'content' | 'acks'>,
  scenario: Scenario,
  fromSetup: ReadonlySet<string>,
): Claim[] {
  const [baseline] = round.snapshots;
  const isLeftover = (entry: TreeEntry): boolean =>
    baseline?.tree.get(entry.path) === entry && !fromSetup.has(entry.path);
  const { promises } = promisedInTrace(promisesOf(scenario), { ...round, manifest: {} });
  return claimsAfter(new WatchedCourse(round), round.acks.length, promises).filter(
    (claim) => !(claim instanceof KeptClaim && claim.since !== 'nothing' && isLeftover(claim.entry)),
  );
}
