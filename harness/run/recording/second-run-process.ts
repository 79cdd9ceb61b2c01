/**
 * A second run where the workload belongs, in a guest.
 *
 *     node second-run-process.js TRACE WORK < JOB
 *
 * Prints a line of JSON: `{"lack": string | null, "files": [names in the trace's folder]}`.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { recordSecondRun, type SecondRunJob } from './second-run.js';

const [trace, work] = process.argv.slice(2) as [string, string];
mkdirSync(work, { recursive: true });
const job = JSON.parse(readFileSync(0, 'utf8')) as SecondRunJob;
void recordSecondRun(job, { trace, work }).then((lack) => {
  process.stdout.write(`${JSON.stringify({ lack, files: readdirSync(trace) })}\n`);
});
