/** The commands of README and docs/ that take too long for `npm test`: blocks marked `sh run slow`, run as they are printed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutFolder } from '../checkout.js';
import { installedEnvironment, makePageFolder } from '../docs/page-folder.js';
import { pages, text } from '../docs/pages.js';
import { commandsOf, runnablesOf } from '../docs/runnable.js';
import { type Campaign, CampaignFailure } from './campaign.js';
import { runProgram } from './program.js';

export const shownCommands: Campaign = {
  name: 'docs',
  about:
    'the commands of README and docs/ that take long, run as they are printed; --only takes those of some pages',
  async run({ only, signal, say }) {
    const folder = mkdtempSync(join(tmpdir(), 'plugpull-docs-'));
    const wrong: string[] = [];
    let count = 0;
    try {
      const env = installedEnvironment(folder, {});
      for (const page of pages.filter((one) => one.includes(only ?? ''))) {
        const slow = runnablesOf(text(page)).filter((one) => one.slow);
        if (slow.length === 0) continue;
        const project = join(folder, page.replaceAll('/', '-'));
        const scripts = slow.map(({ script }) => script);
        await makePageFolder(project, { page: text(page), scripts, env });
        for (const { script, exitCodes, checkout } of slow) {
          const cwd = checkout ? checkoutFolder : project;
          for (const command of commandsOf(script)) {
            count++;
            const started = performance.now();
            const inFolder = ['-c', 'cd -- "$0" && eval "$1"', cwd, command];
            const { exitCode, stdout, stderr } = await runProgram('sh', inFolder, { env, signal });
            say(
              `${page}: exit ${exitCode}, ${((performance.now() - started) / 1000).toFixed(0)} s: ${command}`,
            );
            if (exitCodes.includes(exitCode!)) continue;
            wrong.push(`${page}: exit ${exitCode}, not ${exitCodes.join(' or ')}: ${command}`);
            say(`${stdout}\n${stderr}`.slice(-4000));
          }
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    if (wrong.length > 0) throw new CampaignFailure(wrong.join('\n'));
    return `${count} commands ran as their pages print them`;
  },
};
