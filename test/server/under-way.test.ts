/**
 * Requests that were under way at the cut: a checker that lets nothing be there but what was acknowledged or had begun is
 * silent about a program that says first what it does, and finds one that does first; by each engine, and by both ways of
 * saying so.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { underWay } from '../../harness/trace/said.js';
import type { Results, RunResult } from '../../harness/verdict/results.js';
import { Bench, hostNeed } from '../e2e/plugpull.js';
import { TestRedis } from '../queue/redis-server.js';
import { requires } from '../require.js';
import { umlNeed } from '../vm/live/live-runs.js';
import { scenarioFile } from '../vm/shell-scenarios.js';

const checker = `
import json, os, sys
state = json.load(open(os.environ["PLUGPULL_STATE"]))
found = open("log").read().replace("\\0", " ").split()
lost = [name for name in state["acks"] if name not in found]
unasked = [name for name in found if name not in state["acks"] + state["maybe"]]
if lost or unasked:
    print(f"{lost[0]} is gone" if lost else f"nobody asked for {unasked[0]}")
    sys.exit(1)
`;

const write = 'echo $n >>log; sync log';
const right = `echo "asks for $n"; ${write}; echo "was given $n"`;
const early = `${write}; echo "asks for $n"; echo "was given $n"`;

const scenario = (run: string) => ({
  // A guest has files of its own below /tmp.
  workload: { setup: ': >log', run, env: { CHECKER: checker } },
  ack: { stdout: '^was given (.*)$', begin: '^asks for (.*)$' },
  checker: { run: 'python3 -c "$CHECKER"' },
  recordings: 1,
  explore: { granularity: 'write', audit: 1 },
});

const said = ({ notes, findings }: RunResult): string =>
  JSON.stringify([notes, findings.map(({ lost }) => lost)]);

type Test = { teardown(undo: () => void): void };

async function runsOf(t: Test, more: object, ...args: string[]): Promise<[RunResult, RunResult]> {
  return (await recordedRuns(t, more, ...args)).runs;
}

/** Of the right program and of the other one, in this order, and where they lie. */
async function recordedRuns(t: Test, more: object, ...args: string[]) {
  const bench = new Bench();
  t.teardown(() => bench.close());
  const programOf = (step: string): string => `for n in 1 2; do ${step}; done`;
  const files = Object.entries({ right, early }).map(([name, step]) =>
    scenarioFile(bench.folder, name, { ...scenario(programOf(step)), ...more }),
  );
  const { results } = await bench.run([...files, '--no-calibrate', ...args]);
  return { bench, runs: results.runs as [RunResult, RunResult] };
}

t.test('what began as often as it was acknowledged is over', async (t) => {
  t.same(underWay(['a', 'b', 'a', 'c'], ['a', 'x']), ['b', 'a', 'c']);
  t.same(underWay([], ['a']), []);
});

t.test('by both engines', async (t) => {
  if (!requires(t, { ...hostNeed, commands: [...hostNeed.commands, 'strace', 'python3'] })) return;
  const [kept, unasked] = await runsOf(t, { place: 'host' });
  t.match(kept, { contract: 'pass', observed: 'pass' }, said(kept));
  t.ok(kept.coverage.every(({ exhaustive }) => exhaustive));
  t.match(unasked, { contract: 'violation', observed: 'violation' }, said(unasked));
  for (const kind of ['contract', 'observed'])
    t.match(
      unasked.findings.filter(({ evidence }) => evidence === kind).map(({ lost }) => lost.join()),
      /nobody asked for 1/,
      kind,
    );
});

t.test('a run that goes on, and a worker, are told the same', async (t) => {
  if (!requires(t, { ...hostNeed, commands: [...hostNeed.commands, 'python3', 'redis-server'] })) return;
  const { bench, runs } = await recordedRuns(t, { place: 'host', engine: ['replay'] });
  const isRight = ([kept, unasked]: readonly RunResult[], by: string): void => {
    t.match(kept, { observed: 'pass', coverage: [{ exhaustive: true }] }, `${by}: ${said(kept!)}`);
    t.match(unasked, { observed: 'violation' }, `${by}: ${said(unasked!)}`);
    t.match(said(unasked!), /nobody asked for 1/, by);
  };

  // As after kill -9: one crash point is finished.
  for (const { run } of runs) {
    const progress = join(run, 'explore.ndjson');
    const [first, ...others] = readFileSync(progress, 'utf8').trim().split('\n');
    t.ok(others.length > 1, 'there is something left to do');
    writeFileSync(progress, `${first}\n`);
    rmSync(join(run, 'result.json'));
  }
  const resumed = await bench.plugpull(['run', '--json', '--no-calibrate', '--resume', dirname(runs[0].run)]);
  isRight((JSON.parse(resumed.stdout) as Results).runs, 'a run that goes on');

  const redis = await TestRedis.start();
  const queue = ['--queue', redis.url, '--store', join(bench.folder, 'store')];
  const worker = bench.start(['worker', ...queue, '--lanes', '1']);
  t.teardown(async () => {
    worker.kill('SIGINT');
    await worker.ended;
    await redis.close();
  });
  const asked: RunResult[] = [];
  for (const [nth, { run }] of runs.entries()) {
    const out = ['--out', join(bench.folder, `asked-${nth}`)];
    const { stdout } = await bench.plugpull(['check', run, '--json', '--no-calibrate', ...queue, ...out]);
    asked.push(...(JSON.parse(stdout) as Results).runs);
  }
  isRight(asked, 'a worker');
  t.ok(readdirSync(join(bench.folder, 'store', 'answers')).length > 0, 'by the worker');
});

t.test('by the socket, from the calls alone', async (t) => {
  if (!requires(t, { commands: ['strace', 'python3'] })) return;
  const client = (words: string): string =>
    `PYTHONPATH=$WORKLOADS/clients python3 -Bc "from plugpull_ack import *; ${words}"`;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const files = Object.entries({ right: [client("begin('1')")], early: [] }).map(([name, first]) => {
    const steps = ['n=1', ...first, write, client("ack('1')")];
    return scenarioFile(bench.folder, name, { ...scenario(steps.join('; ')), ack: {} });
  });
  const { results } = await bench.run([...files, '--engine', 'contract']);
  const [kept, unasked] = results.runs as [RunResult, RunResult];
  t.match(kept, { contract: 'pass' }, said(kept));
  t.match(unasked, { contract: 'violation' }, said(unasked));
});

t.test('by rounds of real power loss in User-mode Linux', async (t) => {
  if (!requires(t, umlNeed)) return;
  const live = { rounds: 2, cut: [{ operation: 'flush', n: 2 }], lose: ['none'] };
  const [kept, unasked] = await runsOf(t, { place: 'vm', vm: { kernel: 'uml' }, live }, '--engine', 'live');
  t.match(kept, { observed: 'pass' }, said(kept));
  t.match(unasked, { observed: 'violation' }, said(unasked));
  t.match(said(unasked), /nobody asked for/);
});
