/** Which run a folder means: nobody should have to know which of the folders inside it to name. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runFolderOf } from '../../harness/cli/run-argument.js';
import { resultsSchema } from '../../harness/verdict/results.js';

const folder = mkdtempSync(join(tmpdir(), 'plugpull-run-argument-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

/** Results of runs with these names, as they were made somewhere else. */
function resultsOf(name: string, ...runs: string[]): string {
  const at = join(folder, name);
  mkdirSync(at, { recursive: true });
  const run = (of: string): object => ({
    ...{ run: `/elsewhere/${of}`, scenario: of, storage: 'ext4', verdict: 'pass', met: true, expected: null },
    ...{ findings: [], coverage: [], notes: [], calibration: null, timing_ms: {}, contract: 'pass' },
    ...{ observed: 'pass', unlisted_findings: 0, schedules: [] },
  });
  const tool = { name: 'plugpull', version: '0' };
  const document = { schema: resultsSchema, tool, environment: {}, verdict: 'pass', met: true };
  writeFileSync(join(at, 'results.json'), JSON.stringify({ ...document, runs: runs.map(run) }));
  return at;
}

t.test('the folder of a run is itself, and a results folder with one run means that run', async (t) => {
  const single = resultsOf('one/20261130-1', 'save--ext4');
  t.equal(runFolderOf('mount', single), join(single, 'save--ext4'), 'wherever the folder is now');
  mkdirSync(join(single, 'save--ext4'));
  t.equal(runFolderOf('mount', join(single, 'save--ext4')), join(single, 'save--ext4'));
  symlinkSync(single, join(folder, 'one/latest'));
  t.equal(
    runFolderOf('mount', join(folder, 'one')),
    join(single, 'save--ext4'),
    'the only results, whatever links lead there',
  );
  t.equal(
    runFolderOf('mount', join(folder, 'nothing')),
    join(folder, 'nothing'),
    'what is not there is told of later',
  );
});

t.test('several runs or results are named, none is guessed', async (t) => {
  const several = resultsOf('many/20261130-1', 'a--ext4', 'b--xfs');
  const message = `mount: ${several} holds the results of 2 runs: name the folder of one\n  ${several}/a--ext4\n  ${several}/b--xfs`;
  t.throws(() => runFolderOf('mount', several), { message });
  for (let i = 2; i < 14; i++) resultsOf(`many/20261130-${i}`, 'a--ext4');
  t.throws(() => runFolderOf('show', join(folder, 'many')), {
    message:
      /^show: .*many holds several results folders: name one, or a run in it\n(.*20261130-\d+\n){10} {2}and 3 more$/,
  });
});
