/**
 * Asks the export `check` of a user's module about crash states: node check-program.js MODULE_URL. Speaks the protocol of
 * persistent checkers: a JSON line a state in, a JSON line with the outcome out.
 */
import { createInterface } from 'node:readline';
import { reasonOf } from './thrown-reason.js';

interface State {
  directory: string;
  acks: string[];
  maybe: string[];
}

const { check } = (await import(process.argv[2]!)) as {
  check(state: { dir: string; acks: string[]; maybe: string[] }): unknown;
};
// What the user prints must not come between the answers.
const answer = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;

for await (const line of createInterface({ input: process.stdin })) {
  const { directory, acks, maybe } = JSON.parse(line) as State;
  let said: { outcome: 'pass' | 'violation'; reason?: string } = { outcome: 'pass' };
  try {
    await check({ dir: directory, acks, maybe });
  } catch (error) {
    said = { outcome: 'violation', reason: reasonOf(error, directory) };
  }
  answer(`${JSON.stringify(said)}\n`);
}
process.exit(0);
