/** `npm run docs:uses`: makes the outputs in docs/uses.md, by running its commands. As root: one of them mounts. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutFolder } from './checkout.js';
import { runShown, shownRuns, withOutput } from './docs/shown-output.js';

const path = join(checkoutFolder, 'docs/uses.md');
const page = readFileSync(path, 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'plugpull-uses-'));
try {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const main = join(checkoutFolder, 'dist/harness/cli/main.js');
  writeFileSync(join(bin, 'plugpull'), `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`, { mode: 0o755 });
  const ended = await runShown(page, folder, { PATH: `${bin}:${process.env.PATH}` });
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
