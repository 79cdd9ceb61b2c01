/**
 * Rounds of real power loss of a server: rounds a minute, and how much of a round is the server's own (its start, the load,
 * its recovery, the check), which is measured by doing that alone, in a plain folder.
 */
import { join } from 'node:path';
import { execa } from 'execa';
import { programEnvironment } from '../harness/capture/environment.js';
import { loadScenario } from '../harness/scenario/load.js';
import { workloadsFolder } from '../harness/scenario/workloads-folder.js';
import { checkerOf, setupCommand, workloadCommand } from '../harness/server/programs.js';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';
import { checkoutFolder, plugpullPath } from './checkout.js';
import { median } from './median.js';

const places = { host: ['--place', 'host'], uml: ['--place', 'vm', '--kernel', 'uml'] } as const;

const servers = { redis: 'redis-always', postgres: 'postgres' } as const;

export const liveRounds: readonly Benchmark[] = (['redis', 'postgres'] as const).flatMap((server) =>
  (['host', 'uml'] as const).map((place) => ({
    name: `live_rounds_${server}_${place}`,
    about: `rounds of real power loss a minute of scenarios/servers/${servers[server]}.yaml, ${place === 'uml' ? 'in User-mode Linux' : 'on the host'}; baseline: what the server, its clients and its checker take of it by themselves`,
    goal: null,
    better: 'more' as const,
    measure: (context: BenchContext) =>
      measure(join(checkoutFolder, 'scenarios/servers', `${servers[server]}.yaml`), places[place], context),
  })),
);

async function measure(file: string, place: readonly string[], context: BenchContext): Promise<Measured> {
  const { lab, say, signal } = context;
  const more = repeats(10, context);
  const timed = async (rounds: number): Promise<number> => {
    say(`${rounds} rounds`);
    const args = [
      '--engine',
      'live',
      '--rounds',
      `${rounds}`,
      '--lanes',
      '1',
      '--no-calibrate',
      '--out',
      lab.path('results'),
    ];
    const started = performance.now();
    await execa(plugpullPath, ['run', file, ...place, ...args, '--json'], {
      // Its own process group, so that Ctrl-C reaches it once, from here, and it cleans up.
      detached: true,
      cancelSignal: signal,
      forceKillAfterDelay: 15_000,
    });
    return performance.now() - started;
  };
  // What comes before the first round, and the first one, are in both.
  const first = await timed(1);
  const roundMs = ((await timed(1 + more)) - first) / more;
  const own: number[] = [];
  for (let time = 0; time < Math.min(3, more); time++) own.push(await serversOwn(file, context));
  const ownMs = median(own);
  return {
    value: 60_000 / roundMs,
    baseline: 60_000 / ownMs,
    unit: 'rounds/min',
    details: { rounds: more, round_ms: roundMs, servers_own_ms: ownMs },
  };
}

/** Start, load and stop, start again and check, without a disk of ours: what the setup takes is not counted. */
async function serversOwn(file: string, { lab, say, signal }: BenchContext): Promise<number> {
  say('the server by itself');
  const { scenario } = loadScenario(file);
  lab.space.letUsersPass();
  const folder = lab.folder('server');
  const state = join(folder, 'state.json');
  const env = { ...programEnvironment(workloadsFolder, null), PLUGPULL_STATE: state, PLUGPULL_DIR: folder };
  const run = async (command: string): Promise<string> => {
    const { stdout } = await execa('/bin/sh', ['-c', command], {
      cwd: folder,
      env: { ...env, ...scenario.workload.env, ...lab.space.environment },
      cancelSignal: signal,
    });
    return stdout;
  };
  await run(setupCommand(scenario) ?? 'true');
  const started = performance.now();
  await run(workloadCommand(scenario));
  await run(`echo '{"acks": [], "maybe": []}' >${state}; chmod 644 ${state}; ${checkerOf(scenario)!.run}`);
  return performance.now() - started;
}
