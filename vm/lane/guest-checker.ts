import type { CheckerState } from '../../harness/judge/checker-state.js';
import type { Judgement } from '../../harness/judge/judgement.js';
import type { Checker } from '../../harness/scenario/schema/checker.js';
import type { Manifest } from '../../harness/trace/manifest.js';
import { checkerCall, checkerKey } from '../place/checker-call.js';
import type { SyncAgent } from './sync-agent.js';

/** What the agent itself takes, beyond the checker's own limit. */
const graceMs = 30_000;

/** The user's checker on what a lane recovered in a guest. */
export class GuestChecker {
  constructor(
    private readonly agent: SyncAgent,
    private readonly checker: Checker,
    private readonly manifest: Manifest,
  ) {}

  check(state: CheckerState): Judgement {
    const { name, args, judgementOf } = checkerCall(this.checker, this.manifest, state);
    const { problems, clear } = judgementOf(this.agent.call(name, args, this.checker.timeout + graceMs));
    if (!clear) this.dispose();
    return { problems };
  }

  dispose(): void {
    if (this.checker.persistent) this.agent.call('hang_up', { key: checkerKey });
  }
}
