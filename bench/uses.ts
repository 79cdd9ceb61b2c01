/** `npm run docs:uses`: makes the outputs in docs/uses.md, by running its commands. As root: one of them mounts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutFolder } from './checkout.js';
import { installedEnvironment } from './docs/page-folder.js';
import { runShown, shownRuns, withOutput } from './docs/shown-output.js';

const path = join(checkoutFolder, 'docs/uses.md');
const page = readFileSync(path, 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'plugpull-uses-'));
try {
  const ended = await runShown(page, folder, installedEnvironment(folder, {}));
  for (const [i, { exitCode, script }] of shownRuns(page).entries()) {
    if (ended[i]!.exitCode !== exitCode)
      throw new Error(
        `expected exit code ${exitCode}, got ${ended[i]!.exitCode}: ${script}\n${ended[i]!.errors}`,
      );
  }
  writeFileSync(
    path,
    withOutput(
      page,
      ended.map(({ printed }) => printed),
    ),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
