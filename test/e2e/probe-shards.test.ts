/** Shards of a probe: joined they are the whole one, and nothing else can be joined. */
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ProbeDocument } from '../../harness/probe/probe-document.js';
import { requires } from '../require.js';
import { umlNeed } from '../vm/live/live-runs.js';
import { Bench } from './plugpull.js';

const workloads = [
  'create foo; fsync .',
  'create foo; write foo 0 4096; fsync foo',
  'mkdir A; fsync .',
  'create foo; start; chmod foo 0600; fsync foo',
].flatMap((text) => ['--workload', text]);
const asked = ['--kernel', 'uml', '--fs', 'ext4', '--disk', 'cache=lying', '--lanes', '1', ...workloads];

t.test('what is joined is the whole, and what does not belong together is refused', async (t) => {
  if (!requires(t, umlNeed)) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const probe = async (name: string, args: string[]): Promise<string> => {
    const out = join(bench.folder, name);
    const { stdout, stderr } = await bench.plugpull(['probe', '--json', '--out', out, ...asked, ...args], {
      timeoutMs: 200_000,
    });
    t.match(stdout, /^\{/, stderr);
    return join(out, readdirSync(out).find((entry) => entry !== 'latest')!);
  };
  const documentIn = (folder: string): ProbeDocument =>
    JSON.parse(readFileSync(join(folder, 'probe.json'), 'utf8'));
  const whole = await probe('whole', []);
  const shards = [await probe('one', ['--shard', '1/2']), await probe('two', ['--shard', '2/2'])];
  t.match(documentIn(shards[1]!), { selection: "shard 2 of 2 of 4 workloads of one's own" });

  const balanced = [
    await probe('first', ['--shard', '1/2', '--durations', whole]),
    await probe('second', ['--shard', '2/2', '--durations', whole]),
  ];

  const merge = (folders: string[]) =>
    bench.plugpull(['merge', '--json', '--out', join(bench.folder, 'merged'), ...folders]);
  const { exitCode, stdout } = await merge([...shards].reverse());
  t.equal(exitCode, 1, 'a violation, as the whole');
  // What was recorded differs from time to time; what was asked, answered and found does not.
  const said = ({ selection, probes }: ProbeDocument) => ({
    selection,
    probes: probes.map(({ digest, workloads, verdict, complete, findings }) => ({
      ...{ digest, workloads, verdict, complete },
      findings: findings.map(({ rules, kind, names, shortest }) => [rules, kind, names, shortest.lines]),
    })),
  });
  t.strictSame(said(JSON.parse(stdout)), said(documentIn(whole)));
  const { stdout: joined } = await merge(balanced);
  t.strictSame(said(JSON.parse(joined)), said(documentIn(whole)), 'shared out by durations');

  const refused = async (says: RegExp, folders: string[]): Promise<void> => {
    const { exitCode, stderr } = await merge(folders);
    t.equal(exitCode, 64);
    t.match(stderr, says);
  };
  const changed = (name: string, from: string, change: (folder: string) => void): string => {
    const folder = join(bench.folder, name);
    mkdirSync(folder);
    cpSync(from, folder, { recursive: true });
    change(folder);
    return folder;
  };
  const edit = (file: string, change: (text: string) => string) => (folder: string) =>
    writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
  const [one, two] = shards as [string, string];
  await refused(/expected 2 shards, and 2\/2 is missing/, [one]);
  await refused(/expected each shard once, got 1\/2 twice/, [one, one, two]);
  await refused(/do not belong together: the durations by which work was shared out/, [one, balanced[1]!]);
  await refused(/expected shards of one probe, got shard 1\/2 .* and a whole probe/, [one, whole]);
  for (const [key, pattern] of [
    ['kernels', /"kernels":\["[^"]*"/],
    ['mkfs', /"mkfs":\["[^"]*"/],
    ['tool', /"tool":"[^"]*"/],
    ['build', /"build":"[^"]*"/],
    ['config', /"limit":\d+/],
  ] as const) {
    const other = changed(
      key,
      two,
      edit('probe-invocation.json', (text) =>
        text.replace(pattern, (found) => found.replace(/\w(?=\W*$)/, '9')),
      ),
    );
    await refused(new RegExp(`do not belong together: ${key} `), [one, other]);
  }
  const answer = readFileSync(join(one, 'answers-1.ndjson'), 'utf8').split('\n')[0]!;
  const twice = (folder: string) => appendFileSync(join(folder, 'answers-1.ndjson'), `${answer}\n`);
  await refused(/workload own\.1 is answered twice/, [changed('twice', one, twice), two]);
  await refused(/workload own\.1 is shard 1's, and .* has an answer to it, too/, [
    one,
    changed('strange', two, twice),
  ]);
  const less = changed(
    'less',
    two,
    edit('answers-1.ndjson', (text) => text.slice(text.indexOf('\n') + 1)),
  );
  const { stdout: incomplete } = await merge([one, less]);
  t.match(
    JSON.parse(incomplete),
    { probes: [{ complete: false, workloads: { broken: 3 } }] },
    'none is made up',
  );
});
