/** Recovers the disk of a round in a guest, and holds it against what the round promised. */
import { doesNotMount } from '../../harness/judge/corruption.js';
import { type Problem, problemOf } from '../../harness/judge/judgement.js';
import { toldOf } from '../../harness/judge/told.js';
import { breachesOf } from '../../harness/promise/claims.js';
import { checkerOf } from '../../harness/server/programs.js';
import type { Observations } from '../../harness/trace/observations.js';
import { GuestError } from '../machine/agent-client.js';
import { fsckLimitMs, guestFsck } from '../place/guest-fsck.js';
import { guestRoot } from '../place/guest-place.js';
import { askChecker } from './live-checker.js';
import type { Moment } from './moment.js';
import { owedAfterRound } from './owed.js';
import { FetchedTree } from './recovered.js';
import type { SurvivingDisk } from './round.js';

export async function judgeRound(
  { machine, device }: SurvivingDisk,
  round: Observations,
  options: { fromSetup: ReadonlySet<string>; reason: Moment['kind']; logIndex: number | null },
): Promise<Problem[]> {
  const { agent } = machine;
  const { scenario, storage: storageIndex } = round.manifest;
  const storage = scenario.storage[storageIndex]!;
  try {
    await agent.call('mount', { device, at: guestRoot, fs: storage.fs, options: storage.mount });
  } catch (error) {
    if (!(error instanceof GuestError) || error.code === null) throw error;
    return [doesNotMount(storage.fs, error.code)];
  }
  const owed = owedAfterRound(round, scenario, options.fromSetup);
  const tree = await FetchedTree.fetch(agent, guestRoot, owed);
  const problems = breachesOf(tree, owed).map(problemOf);
  const checker = checkerOf(scenario);
  if (checker) {
    const told = toldOf(round);
    const crash_point = { log_index: options.logIndex, reason: options.reason, acks: told.acks.length };
    const state = { directory: guestRoot, ...told, crash_point };
    problems.push(...(await askChecker(agent, checker, round.manifest, state)));
  }
  await agent.call('unmount', { at: guestRoot });
  if (scenario.explore.fsck === 'after') {
    const { argv, problemsOf } = guestFsck(storage.fs, device);
    problems.push(...problemsOf(await agent.run(argv, { timeoutMs: fsckLimitMs })));
  }
  return problems;
}
