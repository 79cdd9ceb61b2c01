import type { Results } from '../../harness/verdict/results.js';
import { plugpullPath } from '../checkout.js';
import { CampaignFailure } from './campaign.js';
import { type ProgramOptions, runProgram } from './program.js';

/**
 * `plugpull run --json`, and the document it printed.
 *
 * @throws CampaignFailure when there is none
 */
export async function plugpullResults(args: readonly string[], options: ProgramOptions): Promise<Results> {
  const { stdout, stderr, exitCode } = await runProgram(plugpullPath, ['run', '--json', ...args], options);
  try {
    return JSON.parse(stdout) as Results;
  } catch {
    throw new CampaignFailure(
      `plugpull run ${args.join(' ')}: exit code ${exitCode}, no JSON: ${stderr.slice(-1000)}`,
    );
  }
}
