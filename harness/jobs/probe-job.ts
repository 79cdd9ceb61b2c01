/** A job of the probe: a range of workloads on one storage and kernel. Its answer: a line for each, in their order. */

import type { ProbeConfig, ProbedStorage } from '../probe/config.js';
import { numbering } from '../probe/generator/generator.js';
import type { ProbePlace } from '../probe/place.js';
import type { Question } from '../probe/probe-lanes.js';
import type { WorkloadResult } from '../probe/result.js';
import { type Asked, rangesOf, type WorkloadRange, workloadsIn } from '../probe/workload-range.js';
import type { Job, Makers } from '../queue/job.js';
import { jobOf } from '../queue/job.js';

export const probeKind = 'probe';

export interface ProbeBody {
  question: Question;
  /** As `--kernel` has it. */
  kernel: string;
  numbering: number;
  asked: Asked;
  range: WorkloadRange;
}

/** A storage on a kernel, as a probe asks for it. */
export interface Target {
  storage: ProbedStorage;
  place: ProbePlace;
  /** As `--kernel` has it. */
  kernel: string;
}

/** Who may do it. */
export function makersOf({ storage, kernel }: Pick<Target, 'storage' | 'kernel'>): string[] {
  return ['build', `kernel.${kernel}`, `mkfs.${storage.fs}`];
}

/** All jobs of one storage. A name and an expectation change no answer, and no job. */
export function probeJobs(config: ProbeConfig, { storage, kernel }: Target, makers: Makers): Job[] {
  const { name: _, expect: __, granularity = config.granularity, ...kept } = storage;
  const { seq, sample, seed, workloads, limit, fsck } = config;
  const asked: Asked = workloads ? { seq, seed, workloads } : { seq, sample, seed };
  const own = Object.fromEntries(makersOf({ storage, kernel }).map((what) => [what, makers[what]!]));
  return rangesOf(asked).map((range) => {
    const body: ProbeBody = {
      question: { storage: kept, granularity, limit, fsck },
      ...{ kernel, numbering, asked, range },
    };
    return jobOf(probeKind, body, own);
  });
}

export function answerText(answers: readonly WorkloadResult[]): string {
  return answers.map((answer) => `${JSON.stringify(answer)}\n`).join('');
}

/**
 * The answers to a job, each workload once and none that was not asked for.
 * @throws Error naming the one that is missing, twice or strange
 */
export function answersIn(
  text: string,
  { asked, range }: Pick<ProbeBody, 'asked' | 'range'>,
): WorkloadResult[] {
  const answers = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as WorkloadResult);
  const byName = new Map<string, WorkloadResult>();
  for (const answer of answers) {
    if (byName.has(answer.name)) throw new Error(`the answer to a job has workload ${answer.name} twice`);
    byName.set(answer.name, answer);
  }
  const wanted = [...workloadsIn(asked, range)].map(({ name }) => {
    const answer = byName.get(name);
    if (!answer) throw new Error(`the answer to a job lacks workload ${name}`);
    return answer;
  });
  if (wanted.length !== answers.length)
    throw new Error(
      `the answer to a job has ${answers.length - wanted.length} workloads that it was not asked for`,
    );
  return wanted;
}
