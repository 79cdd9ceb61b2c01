/** A checker is told the same things in the same way, whoever asks it: that is what makes trying one worth anything. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requires } from '../require.js';
import { Bench, hostNeed, letAlone } from './plugpull.js';

/** Writes down what it was told, one JSON line a call, and finds a lost. */
const checker = `import json, os, sys
state = json.load(open(os.environ['PLUGPULL_STATE']))
told = {
    # The mark by which leftovers of checkers are found; a command of mount is ended by its session.
    'environment': sorted(name for name in os.environ if name != 'PLUGPULL_CHECKER'),
    'state': sorted(state),
    'crash_point': sorted(state['crash_point']),
    'here': os.path.realpath(os.getcwd()) == os.path.realpath(os.environ['PLUGPULL_DIR']) == os.path.realpath(state['directory']),
    'counts': len(state['acks']) == int(os.environ['PLUGPULL_ACKS']) == state['crash_point']['acks'],
    'last': os.environ['PLUGPULL_LAST_ACK'] == (state['acks'] or [''])[-1],
}
print(json.dumps(told, sort_keys=True), file=open(os.environ['TOLD'], 'a'))
if state['acks'] and not os.path.exists('a'):
    print('a is missing')
    sys.exit(1)
`;

t.test('a run by both engines, --dry and mount --command tell a checker the same', async (t) => {
  if (!requires(t, { ...hostNeed, commands: [...hostNeed.commands, 'python3', 'strace'] })) return;
  const bench = new Bench();
  t.teardown(() => bench.close());
  const script = join(bench.folder, 'check.py');
  const told = join(bench.folder, 'told');
  writeFileSync(script, checker);
  const asked = `python3 ${script}`;
  const ways = (): string[] => {
    if (!existsSync(told)) return [];
    const lines = readFileSync(told, 'utf8').trim().split('\n');
    writeFileSync(told, '');
    return [...new Set(lines)].filter((line) => line !== '');
  };

  const options = ['--fs', 'ext4', '--recordings', '1', '--no-calibrate', '--promise', 'none'];
  const program = ['--ack-stdout', '^saved', '--env', `TOLD=${told}`, '--checker', asked];
  const { results } = await letAlone(
    () => bench.run([...options, ...program, '--', 'echo 1 > a; echo saved']),
    ({ results }) => results.runs[0]!.observed === 'violation',
  );
  const [run] = results.runs;
  t.match(run, { contract: 'violation', observed: 'violation' });
  const inRun = ways();
  t.equal(inRun.length, 1, 'one way, whichever engine asks');
  t.match(JSON.parse(inRun[0]!), { here: true, counts: true, last: true });

  const dry = await bench.plugpull(['check', '--dry', run!.run]);
  t.equal(dry.exitCode, 0, dry.stderr);
  t.same(ways(), inRun, '--dry');

  const finding = run!.findings.find(({ evidence }) => evidence === 'observed');
  const mounted = await bench.plugpull(['mount', run!.run, finding!.id, '--command', asked]);
  t.equal(mounted.exitCode, 1, mounted.stderr);
  t.equal(mounted.stdout, 'a is missing', 'and it finds there what it found in the run');
  t.same(ways(), inRun, 'mount --command');
});
