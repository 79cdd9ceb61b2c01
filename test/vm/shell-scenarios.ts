/**
 * Programs of a shell and little else: where a guest's processor is emulated Python takes a second to start, under strace
 * three, and a checker is started for each crash state.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Keeps what it said. */
export const right = {
  workload: { run: 'echo kept > f; sync f .; echo saved f' },
  ack: { stdout: '^saved' },
};
/** Says so before it is true. */
export const broken = { ...right, workload: { run: 'echo kept > f; echo saved f' } };
/** The name is durable, the content is not, and only the checker knows that there was to be one. */
export const brokenByChecker = {
  workload: { run: '>f; sync f .; echo saved f; echo kept > f' },
  ack: right.ack,
  checker: { run: '[ -z "$PLUGPULL_LAST_ACK" ] || [ -s f ] || { echo f is empty; exit 1; }' },
};

/** Writes a scenario into a folder of its own, which is made; its file. */
export function scenarioFile(folder: string, name: string, scenario: object): string {
  mkdirSync(join(folder, 'scenarios'), { recursive: true });
  const file = join(folder, 'scenarios', `${name}.yaml`);
  // What is JSON is YAML.
  writeFileSync(file, JSON.stringify({ name, ...scenario }));
  return file;
}
