/**
 * The project's Dockerfile, built by docker build, and its image used as its head says: without capabilities, in User-mode
 * Linux, and with the few that recoveries by the host's kernel take.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from '../../harness/container/engine.js';
import type { Results } from '../../harness/verdict/results.js';
import { checkoutFolder } from '../checkout.js';
import { Lab } from '../lab.js';
import { type Campaign, CampaignFailure } from './campaign.js';
import { writeNodeFolder } from './node-image.js';
import { type ProgramEnd, runProgram } from './program.js';

const image = 'plugpull-campaign/dockerfile';
const scenarios = ['seeds/directory-sync', 'broken/no-fsync'];
const expected = [
  ['pass', 'pass'],
  ['violation', 'violation'],
];

export const dockerfile: Campaign = {
  name: 'dockerfile',
  about:
    'the Dockerfile is built, and its image judges without capabilities and with those that its head names',
  async run({ signal, say }) {
    const lab = Lab.open();
    const engine = Engine.find();
    const docker = (...words: string[]): Promise<ProgramEnd> =>
      runProgram('docker', words, {
        // The builder that every engine has in it.
        env: { DOCKER_HOST: engine.address, DOCKER_BUILDKIT: '0' },
        signal,
      });
    const must = async (...words: string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await docker(...words);
      if (exitCode === 0) return stdout;
      throw new CampaignFailure(
        `docker ${words.join(' ')}: ${`${stdout}\n${stderr}`.split('\n').slice(-15).join('\n')}`,
      );
    };
    const made: string[] = [];
    try {
      const base = baseOf(readFileSync(join(checkoutFolder, 'Dockerfile'), 'utf8'));
      if (
        (await docker('image', 'inspect', base)).exitCode !== 0 &&
        (await docker('pull', base)).exitCode !== 0
      ) {
        say(`${base} is neither here nor to be had: made of Debian's packages and this machine's Node.js`);
        const folder = lab.folder('base');
        const changes = await writeNodeFolder(folder, signal);
        const archive = lab.path('base.tar');
        await runProgram('tar', ['-C', folder, '-cf', archive, '.'], { signal });
        await must('import', ...changes, archive, base);
        made.push(base);
      }
      say('docker build');
      await must('build', '--network', 'host', '--tag', image, await contextOf(lab, signal));
      made.push(image);

      const run = ['run', '--rm', '--network', 'none'];
      await must(...run, image);
      const plain = await judged(await docker(...run, image, ...words()));
      say(`without capabilities: ${plain.join('; ')}`);
      const able = await judged(await docker(...run, ...runOptions(), image, ...words()));
      say(`with those of the host: ${able.join('; ')}`);
      if (!plain.every((line) => line.includes('vm uml')) || able.some((line) => line.includes('vm uml')))
        throw new CampaignFailure(`recovered elsewhere: ${[...plain, ...able].join('; ')}`);
      const [{ Size }] = JSON.parse(await must('image', 'inspect', image)) as [{ Size: number }];
      return `built, ${Math.round(Size / 1e6)} MB; ${[...plain, ...able].join('; ')}`;
    } finally {
      for (const name of made.reverse()) await docker('rmi', '--force', name);
      lab.close();
    }
  },
};

/** The image that a Dockerfile of one stage begins with. */
export function baseOf(text: string): string {
  const [base, ...more] = [...text.matchAll(/^FROM (\S+)/gm)].map(([, name]) => name!);
  if (base === undefined || more.length > 0) throw new Error(`expected one FROM, found ${more.length + 1}`);
  return base;
}

/** What the Dockerfile's head says that recoveries by the host's kernel take: options of `docker run`. */
export function runOptions(text = readFileSync(join(checkoutFolder, 'Dockerfile'), 'utf8')): string[] {
  const head = text.slice(0, text.indexOf('\nFROM '));
  return [
    ...head.matchAll(/(--(?:cap-add|security-opt|device|device-cgroup-rule)) (?:'([^']+)'|(\S+))/g),
  ].flatMap(([, option, quoted, plain]) => [option!, quoted ?? plain!]);
}

/** The checkout as it would be committed, in a folder of its own: what lies about in this one is nobody else's. */
async function contextOf(lab: Lab, signal: AbortSignal): Promise<string> {
  const context = lab.folder('context');
  const script =
    'git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -xf - -C "$0"';
  const { exitCode, stderr } = await runProgram(
    'sh',
    ['-c', `cd "$1" && ${script}`, context, checkoutFolder],
    { signal },
  );
  if (exitCode !== 0 || !existsSync(join(context, 'Dockerfile')))
    throw new Error(`no copy of the checkout: ${stderr}`);
  return context;
}

function words(): string[] {
  return ['run', '--json', ...scenarios.map((name) => `/opt/plugpull/scenarios/${name}.yaml`)];
}

/** A line for each run; throws unless the verdicts are those that the programs deserve. */
async function judged({ exitCode, stdout, stderr }: ProgramEnd): Promise<string[]> {
  if (!stdout.startsWith('{')) throw new CampaignFailure(`exit code ${exitCode}: ${stderr}`);
  const { runs } = JSON.parse(stdout) as Results;
  const found = runs.map(({ contract, observed }) => [contract, observed]);
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new CampaignFailure(`expected ${JSON.stringify(expected)}, found ${stdout}`);
  return runs.map(
    ({ scenario, storage, contract, observed }) => `${scenario} on ${storage}: ${contract}, ${observed}`,
  );
}
