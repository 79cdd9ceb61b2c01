import type { CheckerState } from '../../harness/judge/checker-state.js';
import type { Problem } from '../../harness/judge/judgement.js';
import type { StartedChecker } from '../../harness/server/programs.js';
import type { Manifest } from '../../harness/trace/manifest.js';
import type { AgentClient } from '../machine/agent-client.js';
import { checkerCall, checkerKey } from '../place/checker-call.js';

/** What the agent itself takes, beyond the checker's own limit. */
const graceMs = 60_000;

/** The user's checker on what a round left. */
export async function askChecker(
  agent: AgentClient,
  checker: StartedChecker,
  manifest: Manifest,
  state: CheckerState,
): Promise<Problem[]> {
  const { name, args, judgementOf } = checkerCall(checker, manifest, state);
  const { problems } = judgementOf(await agent.call(name, args, { timeoutMs: checker.timeout + graceMs }));
  // A guest sees few crash states, and may be gone for the next one: asked once, then sent home.
  if (checker.persistent) await agent.call('hang_up', { key: checkerKey });
  return problems;
}
