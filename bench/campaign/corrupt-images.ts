/**
 * Corrupt crash images in User-mode Linux: bits flipped in what a recording wrote, and every image mounted and judged.
 * Each must be a finding, a pass (nobody read the bits, or the file system has no checksum there) or `unknown` with the
 * kernel's last words; this machine's kernel must never see one, and a right program must pass afterwards.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountsBelow } from '../../harness/state/mounts.js';
import { processesMarked } from '../../harness/state/processes.js';
import type { Results, RunResult } from '../../harness/verdict/results.js';
import { checkoutFolder, plugpullPath } from '../checkout.js';
import { writeFlippedTrace } from '../fuzz/flipped-trace.js';
import { Lab } from '../lab.js';
import { type Campaign, type CampaignContext, CampaignFailure } from './campaign.js';
import { names, stateVariable } from './leftovers.js';
import { runProgram } from './program.js';

const storages = [
  { fs: 'ext4', mount: [] },
  { fs: 'xfs', mount: [] },
  { fs: 'btrfs', mount: [] },
  // Ends the guest's kernel wherever it notices.
  { fs: 'ext2', mount: ['errors=panic'] },
] as const;
const images = 1000;
/** Fsyncs leave a journal to replay; names of all kinds leave metadata. */
const workload = `python3 -c '
import os
def synced(name, flags=os.O_RDWR | os.O_CREAT):
    fd = os.open(name, flags)
    if flags & os.O_CREAT: os.write(fd, name.encode() * 9)
    os.fsync(fd); os.close(fd)
for d in "ab": os.mkdir(d)
for i in range(9): synced("a/name-%d" % i)
os.rename("a/name-1", "b/moved"); os.link("a/name-2", "b/linked"); os.unlink("a/name-3")
for d in "a", "b", ".": synced(d, os.O_RDONLY)
print("ack", flush=True)
'`;

export const corruptImages: Campaign = {
  name: 'corrupt-images',
  about: `${images.toLocaleString('en')} crash images with flipped bits, mounted in User-mode Linux`,
  async run(context) {
    const lab = Lab.open();
    const stateFolder = lab.path('state');
    const env = { [stateVariable]: stateFolder };
    const tainted = hostTaint();
    const each = Math.ceil((context.count ?? images) / storages.length);
    const told: string[] = [];
    let recoveries = 0;
    try {
      for (const [nth, storage] of storages.entries()) {
        const trace = await flipped(lab, storage, each, { ...context, seed: context.seed + nth }, env);
        const run = await judged(trace, lab.path('out'), context, env);
        const lost = run.notes.filter((note) => note.includes('the guest '));
        const says = `${storage.fs}: ${run.observed}, ${run.findings.length} findings, ${run.coverage[0]!.recoveries} recoveries, ${lost.length} ways to lose a guest`;
        context.say(says);
        for (const note of run.notes) context.say(`  ${note.split('\n')[0]}`);
        hold(run, { each, lost });
        recoveries += run.coverage[0]!.recoveries;
        told.push(`${storage.fs} ${run.observed}`);
      }
      await standing(lab, context, env);
      if (hostTaint() !== tainted) throw new CampaignFailure("this machine's kernel is tainted since");
      const left = [...names(stateFolder), ...mountsBelow(stateFolder)];
      left.push(...processesMarked(stateVariable, stateFolder).map((pid) => `process ${pid}`));
      if (left.length > 0) throw new CampaignFailure(`left behind: ${left.join('; ')}`);
    } finally {
      lab.close();
    }
    return `${each * storages.length} corrupt images in ${recoveries} recoveries: ${told.join(', ')}; nothing left, a right program passes`;
  },
};

/** What is wrong with this machine's kernel, as a number (proc(5)). */
function hostTaint(): string {
  return readFileSync('/proc/sys/kernel/tainted', 'utf8').trim();
}

async function flipped(
  lab: Lab,
  storage: (typeof storages)[number],
  count: number,
  { seed, signal }: CampaignContext,
  env: Record<string, string>,
): Promise<string> {
  const folder = lab.path('recorded');
  mkdirSync(folder, { recursive: true });
  const scenario = join(folder, 'names.yaml');
  const words = {
    name: 'names',
    workload: { run: workload },
    ack: { stdout: '^(ack)$' },
    storage: [storage],
  };
  // What is JSON is YAML.
  writeFileSync(scenario, JSON.stringify(words));
  const recorded = join(folder, 'recorded');
  const { exitCode, stderr } = await runProgram(plugpullPath, ['record', scenario, '--out', recorded], {
    env,
    signal,
  });
  if (exitCode !== 0) throw new CampaignFailure(`record: ${stderr}`);
  const to = join(folder, 'flipped');
  await writeFlippedTrace({ from: recorded, to, images: count, seed });
  return to;
}

async function judged(
  trace: string,
  out: string,
  { signal }: CampaignContext,
  env: Record<string, string>,
): Promise<RunResult> {
  const options = ['--recover', 'uml', '--engine', 'replay', '--no-calibrate', '--json', '--out', out];
  const { stdout, stderr, exitCode } = await runProgram(plugpullPath, ['check', trace, ...options], {
    env,
    signal,
  });
  if (![0, 1, 2].includes(exitCode ?? -1)) throw new CampaignFailure(`exit code ${exitCode}: ${stderr}`);
  return (JSON.parse(stdout) as Results).runs[0]!;
}

/** Throws unless all images were mounted, and of each lost guest it is said what was last heard and how to see it again. */
function hold(run: RunResult, { each, lost }: { each: number; lost: readonly string[] }): void {
  const [coverage] = run.coverage;
  if (!coverage!.exhaustive) throw new CampaignFailure(`not exhaustive: ${run.notes.join('; ')}`);
  if (coverage!.crash_points < each)
    throw new CampaignFailure(`${coverage!.crash_points} crash points of ${each} images`);
  const commands = run.notes.filter((note) => /plugpull mount \S+ U\d+ --recover uml/.test(note));
  const silent = lost.filter((note) => !note.includes('console ended with'));
  if (silent.length > 0 || commands.length !== lost.length)
    throw new CampaignFailure(`a lost guest is not accounted for: ${run.notes.join('; ')}`);
}

async function standing(lab: Lab, { signal }: CampaignContext, env: Record<string, string>): Promise<void> {
  const right = join(checkoutFolder, 'scenarios/seeds/directory-sync.yaml');
  const words = ['run', right, '--recover', 'uml', '--no-calibrate', '--out', lab.path('after')];
  const { exitCode, stderr } = await runProgram(plugpullPath, words, { env, signal });
  if (exitCode !== 0)
    throw new CampaignFailure(`afterwards a right program ends with ${exitCode}: ${stderr}`);
}
