import { missingFor, type Need } from '../harness/doctor/need.js';

/** What `requires` uses of a tap test. */
interface Skippable {
  plan(count: 0, reason: string): void;
  fail(message: string, extra: Record<string, unknown>): unknown;
}

/**
 * Whether this machine has what a test needs. If not, the test is skipped with the reason, or failed when
 * PLUGPULL_REQUIRE=all is set, as CI does. To be called before any assertion:
 *
 *     t.test('recovers xfs', async (t) => {
 *       if (!requires(t, { root: true, fuse: true, loop: true, fs: 'xfs' })) return;
 *       ...
 *     });
 */
export function requires(t: Skippable, need: Need, demand = process.env.PLUGPULL_REQUIRE): boolean {
  const missing = missingFor(need);
  if (missing.length === 0) return true;
  const reason = `needs ${missing.map((capability) => `${capability.name} (${capability.detail})`).join(', ')}`;
  if (demand === 'all') t.fail(reason, { missing });
  else t.plan(0, reason);
  return false;
}
