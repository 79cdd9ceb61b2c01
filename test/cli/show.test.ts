/** `plugpull show` from a results folder alone: nothing of the run but its result.json is there. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import t from 'tap';
import { protocolOf } from '../../harness/contract/protocol.js';
import type { RunResult } from '../../harness/verdict/results.js';
import {
  ack,
  close,
  create,
  judgeWritten,
  openDirectory,
  rename,
  sync,
  write,
} from '../contract/written-trace.js';

const program = fileURLToPath(new URL('../../harness/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'plugpull-show-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

async function show(
  ...args: string[]
): Promise<{ exitCode: number | undefined; lines: string[]; stderr: string }> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [program, 'show', folder, ...args], {
    reject: false,
    timeout: 300_000,
  });
  return { exitCode, lines: stdout.split('\n'), stderr };
}

const calls = [
  create('tmp'),
  write('tmp', 'newer'),
  close(),
  rename('tmp', 'config'),
  openDirectory(),
  ack('saved'),
];
const promises = { snapshot: true, atomic: ['config'] };

function writeResult(change: Partial<RunResult> = {}): void {
  const { findings, explanations } = judgeWritten(calls, { files: { config: 'old' }, promises });
  const [first, ...others] = findings;
  const patched = { ...first!, patch: { after: 'save.py:4', line: 'os.fsync(fd)' } };
  const result: RunResult = {
    verdict: 'violation',
    contract: 'violation',
    observed: null,
    expected: null,
    met: null,
    scenario: 'save',
    storage: 'any',
    run: folder,
    findings: [patched, ...others],
    protocols: explanations.map((explanation) => protocolOf(explanation, findings)),
    notes: [],
    coverage: [],
    calibration: null,
    timing_ms: {},
    ...change,
  };
  writeFileSync(join(folder, 'result.json'), JSON.stringify(result));
}

t.test('a run: its findings, and the protocol with the calls at fault marked', async (t) => {
  writeResult();
  const { exitCode, lines } = await show();
  t.equal(exitCode, 0);
  const protocol = lines.slice(lines.findIndex((line) => line.includes('what the program asked for')));
  t.strictSame(protocol, [
    '  what the program asked for, by the posix model (a crash keeps or loses [...] as one)',
    '    1. creat(tmp)',
    '  > 2. write(tmp, 0, 5)       <- C2',
    '  > 3. [rename(tmp, config)]  <- C1, C2',
    '       ack "saved"',
    '  repair by the posix model',
    "    + fsync(.) before ack 'saved'",
    '    + fsync(tmp) before rename(tmp, config)',
    '    with these the system calls keep every promise (judged again with them)',
  ]);
  t.match(lines.join('\n'), /fix +call fsync\(\.\) after rename\(tmp, config\) and before ack 'saved'/);
  t.match(lines.join('\n'), /patch +behind save\.py:4: os\.fsync\(fd\)/);
});

t.test('one finding: only its calls are marked', async (t) => {
  writeResult();
  const { lines } = await show('C1');
  t.equal(lines.filter((line) => line.startsWith('  > ')).length, 1);
  t.match(lines.join('\n'), /> 3\. \[rename\(tmp, config\)\] +<- C1$/m);
  const { exitCode, stderr } = await show('C9');
  t.equal(exitCode, 64);
  t.match(stderr, /has no finding C9; it has C1, C2/);
});

t.test('a long protocol is shown where the finding is', async (t) => {
  const turns = Array.from({ length: 60 }, (_, n) => [create(`f${n}`), write(`f${n}`, 'x'), close()]);
  const { findings, explanations } = judgeWritten([...turns.flat(), 'sync() = 0', create('late'), ack()]);
  t.equal(findings.length, 1);
  writeResult({
    findings,
    protocols: explanations.map((explanation) => protocolOf(explanation, findings)),
  });
  const { lines } = await show('C1');
  t.match(lines.join('\n'), /\.\.\. 115 more\n/);
  t.match(lines.join('\n'), /121\. sync\(\): makes 1-120 durable\n {2}> 122\. creat\(late\) +<- C1\n/);
  t.notMatch(lines.join('\n'), / 3\. creat\(f1\)/);
});

t.test('superfluous calls, several models, and results without a protocol', async (t) => {
  const wasteful = [create('a'), sync('a'), 'sync() = 0', ack()];
  const judged = judgeWritten(wasteful, { models: ['posix', 'darwin'] });
  writeResult({
    findings: judged.findings,
    protocols: judged.explanations.map((explanation) => protocolOf(explanation, judged.findings)),
  });
  const text = (await show()).lines.join('\n');
  t.match(text, /could go, breaking no promise by the posix model\n {4}- fsync\(a\)/);
  t.match(text, /by the darwin model/);
  const darwin = (await show('C1')).lines.join('\n');
  t.match(darwin, /by the darwin model/);
  t.notMatch(darwin, /by the posix model/, 'the model that made the finding');
});

t.test('a result without a protocol, as the replay engine alone leaves it', async (t) => {
  writeResult();
  const path = join(folder, 'result.json');
  const { protocols: _, ...older } = JSON.parse(readFileSync(path, 'utf8')) as RunResult;
  writeFileSync(path, JSON.stringify(older));
  const { exitCode, lines } = await show('C1');
  t.equal(exitCode, 0);
  t.notMatch(lines.join('\n'), /what the program asked for/);
});
