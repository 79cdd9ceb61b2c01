/** Small programs with the verdicts they deserve, through the command: each stands for a kind of mistake or none. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Results, RunResult } from '../../harness/verdict/results.js';
import { requires } from '../require.js';
import { Bench, checkout, hostNeed, letAlone } from './plugpull.js';

const folder = join(checkout, 'test/cases/decided');

/** What a run says of what it found, and what else there is to know. */
function said({ findings, notes }: RunResult): string {
  return [...findings.map(({ evidence, property }) => `${evidence}: ${property}`), ...notes].join('\n');
}

/** Beside the verdicts, which each scenario states itself. */
const says: Record<string, RegExp> = {
  'ack-without-newline': /contract: creat\(a\) needs fsync\(\.\) before ack 'a'/,
  'durable-not-kept': /contract: rename\(f\.new, f\) needs fsync\(\.\) before ack '1'/,
  'late-bug': /contract: creat\(f12\) needs fsync\(\.\) before ack '12'/,
  'link-switched-unsynced': /contract: write\(v1, .*\) needs fsync\(v1\) before rename\(t, f\)/,
  'mapped-acked-early': /contract: store\(f, through mmap\) needs fsync\(f\) before ack '1'/,
  'mapped-asynchronously': /contract: store\(f, through mmap\) needs fsync\(f\) before ack '1'/,
  'overwritten-after-ack': /observed: write\(f, .*\) needs fsync\(f\) before ack/,
  'small-overwrite-torn':
    /observed: f is overwritten .* no more than 512 bytes[\s\S]*contract: f is .* than 512 bytes/,
  'torn-overwrite':
    /observed: f is overwritten .* no more than 4096 bytes[\s\S]*contract: f is .* than 4096 bytes/,
  'torn-rename': /observed: write\(f\.new, .*\) needs fsync\(f\.new\) before rename\(f\.new, f\)/,
  'torn-rename-and-mkdir': /observed: write\(f\.new, .*\) needs fsync\(f\.new\) before rename\(f\.new, f\)/,
};

t.test('both engines say what is right', async (t) => {
  if (!requires(t, { ...hostNeed, commands: ['nbdfuse', 'python3', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const { ended, results } = await bench.run(['--no-calibrate', folder], { timeoutMs: 550_000 });
  const names = readdirSync(folder).map((file) => file.replace('.yaml', ''));
  t.strictSame(results.runs.map(({ scenario }) => scenario).sort(), names.sort());
  const loses = (name: string): boolean =>
    /observed: violation/.test(readFileSync(join(folder, `${name}.yaml`), 'utf8'));
  const alone = async (name: string): Promise<RunResult> => {
    const again = await bench.run(['--no-calibrate', join(folder, `${name}.yaml`)], { timeoutMs: 200_000 });
    return again.results.runs[0]!;
  };
  for (const made of results.runs) {
    const { scenario } = made;
    const run =
      made.met === false && loses(scenario)
        ? await letAlone(
            () => alone(scenario),
            ({ met }) => met === true,
          )
        : made;
    t.equal(run.met, true, `${run.scenario}: ${run.contract}, ${run.observed}: ${said(run)}`);
    if (says[run.scenario]) t.match(said(run), says[run.scenario], run.scenario);
    if (run.verdict === 'pass') t.strictSame(run.findings, [], run.scenario);
    t.notMatch(said(run), /is the fault of/, 'no storage is blamed');
    if (!['synced-twice'].includes(run.scenario)) t.notMatch(said(run), /could go/, run.scenario);
  }
  t.equal(ended.exitCode, results.runs.every(({ met }) => met) ? 0 : 1);
  const twice = results.runs.find(({ scenario }) => scenario === 'synced-twice');
  t.strictSame(
    twice?.protocols?.map(({ superfluous }) => superfluous),
    [['fsync(f)']],
    'the sync before the rename is not the one that could go',
  );
  await judgedAgain(t, bench, results.runs.find(({ scenario }) => scenario === 'mapped')!);
  t.strictSame(bench.leftovers(), []);
});

/** What only another run told is kept with the trace, and judged there by another promise, too. */
async function judgedAgain(t: Test, bench: Bench, { run }: RunResult): Promise<void> {
  const check = [
    'check',
    '--json',
    '--no-calibrate',
    '--out',
    join(bench.folder, 'again'),
    join(run, 'trace'),
  ];
  for (const promise of [[], ['--promise', 'files:f']]) {
    const { stdout, stderr } = await bench.plugpull([...check, ...promise]);
    const [again] = (JSON.parse(stdout) as Results).runs;
    t.match(again, { contract: 'pass', observed: 'pass' }, `${promise.join(' ')} ${stderr}`);
    t.match(again!.notes.join('\n'), /stores through mappings/);
  }
}
