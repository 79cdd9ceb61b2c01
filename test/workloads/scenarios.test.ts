/** Every shipped scenario leads to a workload that exists, whose output its ack pattern understands. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { python, root, skipWithoutTools, workloads } from './workload-run.js';

const folder = join(root, 'scenarios');
const ownFolders = ['seeds', 'broken', 'apps', 'matrix', 'storage', 'clients', 'f2fs', 'libraries'];
const files = ownFolders.flatMap((theme) =>
  readdirSync(join(folder, theme))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ theme, path: join(folder, theme, name) })),
);

t.test('scenarios', { skip: skipWithoutTools }, (t) => {
  for (const { theme, path } of files) {
    t.test(`${theme}/${basename(path)}`, (t) => {
      const text = readFileSync(path, 'utf8');
      const scenario = parse(text);
      const name = basename(path, '.yaml');
      // Where another theme has the same workload, the theme's name is behind it.
      t.ok([name, `${name}-${theme}`].includes(scenario.name), `${scenario.name} is named for its file`);
      t.match(text, /^# observed:/m, 'opens with why the expectations are what they are');
      t.ok(scenario.expect.observed, 'says what is expected');
      if (typeof scenario.expect.observed === 'object') {
        const labels = scenario.storage.map(({ fs, mount = [] }: { fs: string; mount?: string[] }) =>
          [fs, ...mount].join(', '),
        );
        t.same(Object.keys(scenario.expect.observed), labels, 'an expectation for each storage');
      }
      for (const command of [scenario.workload.run, scenario.checker?.run ?? '']) {
        for (const [, program] of command.matchAll(/\$WORKLOADS\/(\S+\.(?:py|sh|ts))/g)) {
          t.ok(existsSync(join(workloads, program)), `${program} exists`);
        }
      }
      if (scenario.ack?.stdout) {
        const lines = stdoutOf(scenario.workload);
        const pattern = new RegExp(scenario.ack.stdout);
        t.equal(
          new RegExp(`${scenario.ack.stdout}|`).exec('')!.length - 1,
          1,
          'one group: the text of the ack',
        );
        t.ok(
          lines.some((line) => pattern.test(line)),
          'acks at least once on a healthy disk',
        );
      }
      t.end();
    });
  }
  t.end();
});

function stdoutOf(workload: { setup?: string; run: string }): string[] {
  const cwd = mkdtempSync(join(tmpdir(), 'plugpull-scenario-'));
  try {
    const script = `${workload.setup ?? ':'}\n${workload.run.replace(/^python3 /, `'${python}' `)}`;
    const env = { ...process.env, WORKLOADS: workloads, PYTHONUNBUFFERED: '1' };
    return spawnSync('/bin/sh', ['-c', script], { cwd, env, encoding: 'utf8' }).stdout.split('\n');
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}
