import type { LanePool } from '../../explore/lane-pool.js';
import { shrinkLost } from '../../explore/shrink.js';
import { type Problem, signatureOf } from '../../judge/judgement.js';

/** Each try starts a server, perhaps in a container; what is not smaller by then is shown as it is. */
const mostTries = 80;

/**
 * Of each broken promise the fewest lost writes that still show it.
 *
 * @returns by position in `problems`
 */
export async function fewestLost(
  pool: LanePool,
  about: { point: number; lost: readonly number[]; problems: readonly Problem[]; most: number },
): Promise<Map<number, number[]>> {
  const { point, lost, problems, most } = about;
  const fewest = new Map<number, number[]>();
  let tries = 0;
  for (const [position, problem] of problems.entries()) {
    if (problem.outcome !== 'violation' || fewest.size >= most) continue;
    const signature = signatureOf(problem);
    const shown = await shrinkLost(lost, async (fewer) => {
      if (tries++ >= mostTries) return false;
      const judged = await pool.judge(point, fewer, { fromMemory: false });
      return judged.problems.some((one) => signatureOf(one) === signature);
    });
    fewest.set(position, shown);
  }
  return fewest;
}
