/**
 * A folder in which the commands of a page run as they are printed: what its words in capitals stand for is there (a
 * TRACE, a RUN with a finding F1, an IMAGE with its LOG, a COMMAND), and what lies in a checkout or a project.
 */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { checkoutFolder, mainPath } from '../checkout.js';

const right = "--ack-stdout '^saved' -- 'echo 1 > a; sync a .; echo saved'";
const wrong = "--ack-stdout '^saved' -- 'echo 1 > a; echo saved'";

/** What a word of a page stands for, as a script that makes it. */
const standIns: readonly (readonly [word: RegExp, script: string])[] = [
  [/^plugpull (?:check|export) TRACE/m, `plugpull record --fs ext4 --out TRACE ${right}`],
  [
    /--log LOG/,
    'mv TRACE recorded; plugpull export recorded --to exported; ln -s exported/base.img IMAGE; ln -s exported/disk.log LOG',
  ],
  [/crash-traces\/cut-1/, `plugpull record --fs ext4 --out crash-traces/cut-1 ${right}`],
  [/\bRUN F1\b/, `plugpull run --fs ext4 --out run ${wrong}; ln -s run/latest RUN`],
  [
    /\bone\/latest\b/,
    `for n in 1 2 3; do plugpull run --engine contract --shard $n/3 --out $n scenarios/clients scenarios/seeds/directory-sync.yaml; done
     mv 1 one; mv 2 two; mv 3 three`,
  ],
  [/--resume plugpull-results\/latest/, `plugpull properties --fs ext4 --property replace-by-rename`],
  [/ scenario\.yaml$/m, 'cp scenarios/seeds/atomic-replace.yaml scenario.yaml'],
];

/** The environment of somebody who has installed plugpull, and COMMAND. */
export function installedEnvironment(folder: string, env: Record<string, string>): Record<string, string> {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'plugpull'), `#!/bin/sh\nexec ${process.execPath} ${mainPath} "$@"\n`, {
    mode: 0o755,
  });
  writeFileSync(join(bin, 'COMMAND'), '#!/bin/sh\necho 1 > a; sync a .; plugpull ack saved\n', {
    mode: 0o755,
  });
  return { ...env, PATH: `${bin}:${process.env.PATH}` };
}

/**
 * @param cwd a folder that does not exist yet
 * @param page its text: files that it shows are taken from it
 * @param scripts those of its commands that are to be run there
 */
export async function makePageFolder(
  cwd: string,
  { page, scripts, env }: { page: string; scripts: readonly string[]; env: Record<string, string> },
): Promise<void> {
  mkdirSync(join(cwd, 'node_modules'), { recursive: true });
  symlinkSync(checkoutFolder, join(cwd, 'node_modules/plugpull'));
  for (const name of ['bin', 'scenarios', 'probes', 'workloads'])
    symlinkSync(join(checkoutFolder, name), join(cwd, name));
  const [, program] = /^`prog\.py`[^\n]*\n\n```python\n(.*?)^```$/ms.exec(page) ?? [];
  if (program !== undefined) writeFileSync(join(cwd, 'prog.py'), program);
  writeFileSync(
    join(cwd, 'check.sh'),
    '#!/bin/sh\n[ "$PLUGPULL_ACKS" -eq 0 ] || [ -s "$PLUGPULL_DIR/a" ]\n',
    { mode: 0o755 },
  );
  for (const [word, script] of standIns) {
    if (!scripts.some((one) => word.test(one))) continue;
    const ended = await execa('sh', ['-c', script], { cwd, env, all: true, reject: false, stdin: 'ignore' });
    if (ended.exitCode! > 1)
      throw new Error(`what ${word} stands for was not made:\n${script}\n${ended.all}`);
  }
}
