/**
 * Results disks of every size, from none to enough, for a right program: a verdict or a sentence that asks for room, never
 * the exit code of a violation, never a stack, and nothing left.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { plugpullPath } from '../checkout.js';
import { Lab } from '../lab.js';
import { type Campaign, type CampaignContext, CampaignFailure } from './campaign.js';
import { leftovers, stateVariable } from './leftovers.js';
import { runProgram } from './program.js';

const sizes = 100;
/** Twice what the whole results of this program take. */
const mostKib = { contract: 512, replay: 4096 } as const;
const right = ['--ack-stdout', '^ack', '--', 'echo hi > a; sync a .; echo ack'];
const args = {
  contract: ['--engine', 'contract'],
  replay: ['--fs', 'ext2', '--no-calibrate', '--recordings', '1', '--lanes', '1'],
} as const;

export const fullDisks: Campaign = {
  name: 'full-disks',
  about: `results disks of ${sizes} sizes, from none to enough: a verdict, or a sentence that asks for room`,
  async run(context) {
    const lab = Lab.open();
    try {
      const said: string[] = [];
      for (const engine of ['contract', 'replay'] as const) said.push(await sweep(engine, lab, context));
      return said.join('; ');
    } finally {
      lab.close();
    }
  },
};

/** Sizes in even steps, the first of one page: a tmpfs of none has no limit. */
async function sweep(
  engine: keyof typeof args,
  lab: Lab,
  { count, signal, say }: CampaignContext,
): Promise<string> {
  const each = Math.ceil((count ?? sizes) / 2);
  let full = 0;
  for (let n = 0; n < each; n++) {
    const kib = 4 + 4 * Math.round((n * (mostKib[engine] - 4)) / (4 * Math.max(1, each - 1)));
    const isFull = await runOn(kib, engine, lab, signal);
    if (isFull) full++;
    say(`${engine}, ${kib} KiB: ${isFull ? 'asked for room' : 'a verdict'}`);
  }
  if (full === each) throw new CampaignFailure(`${engine}: ${mostKib[engine]} KiB are not enough`);
  return `${engine}: ${each} sizes up to ${mostKib[engine]} KiB, ${full} of them full, nothing left`;
}

/** @returns whether there was no room */
async function runOn(
  kib: number,
  engine: keyof typeof args,
  lab: Lab,
  signal: AbortSignal,
): Promise<boolean> {
  const disk = lab.folder('results');
  const stateFolder = lab.path('state');
  const temporaryFolder = lab.path('tmp');
  mkdirSync(temporaryFolder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'none', disk]);
  try {
    const words = ['run', ...args[engine], '--out', join(disk, 'out'), ...right];
    const env = { [stateVariable]: stateFolder, TMPDIR: temporaryFolder };
    const { exitCode, stderr } = await runProgram(plugpullPath, words, { env, signal });
    const asksForRoom = exitCode === 69 && /expected room for results, found none/.test(stderr);
    if ((exitCode !== 0 && !asksForRoom) || /^ +at /m.test(stderr))
      throw new CampaignFailure(`${engine}, ${kib} KiB: exit code ${exitCode}: ${stderr}`);
    const left = leftovers({ stateFolder, temporaryFolder, runs: new Set(), loops: new Map() });
    if (left.length > 0) throw new CampaignFailure(`${engine}, ${kib} KiB: left behind: ${left.join('; ')}`);
    return asksForRoom;
  } finally {
    execFileSync('umount', [disk]);
  }
}
