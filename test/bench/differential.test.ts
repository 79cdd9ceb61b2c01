/** A few of the differential campaign's programs; the campaign itself has hundreds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { comparedModels, compareOn } from '../../bench/differential/compare.js';
import { generatedProgram } from '../../bench/differential/program.js';
import { workloadsFolder } from '../../harness/scenario/workloads-folder.js';
import { requires } from '../require.js';

const programs = 6;

t.test('the same seed and number give the same program', async (t) => {
  t.strictSame(generatedProgram(7, 3), generatedProgram(7, 3));
  t.notSame(generatedProgram(7, 3), generatedProgram(7, 4));
  t.notSame(generatedProgram(7, 3), generatedProgram(8, 3));
});

for (const fs of ['ext4', 'xfs', 'btrfs'] as const) {
  t.test(
    `${fs}: no recovered state outside ${comparedModels[fs]}, nothing lost that a model calls safe`,
    async (t) => {
      if (
        !requires(t, { root: true, fuse: true, loop: true, fs, commands: ['nbdfuse', 'strace', 'python3'] })
      )
        return;
      const folder = mkdtempSync(join(tmpdir(), 'plugpull-differential-'));
      t.teardown(() => rmSync(folder, { recursive: true, force: true }));
      let states = 0;
      for (let number = 0; number < programs; number++) {
        const operations = generatedProgram(2026, number);
        const { result, faults } = await compareOn({
          operations,
          fs,
          folder: join(folder, 'run'),
          workloads: workloadsFolder,
          seed: number,
        });
        t.strictSame(faults, [], `program ${number}: ${JSON.stringify(operations)}`);
        states += result.coverage[0]?.model_check?.checked ?? 0;
      }
      t.ok(states > programs, `${states} recovered trees compared`);
    },
  );
}
