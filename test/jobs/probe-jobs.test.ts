/** Jobs of the probe: together they are the probe, each answer counts once, and none may be missing. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ProbeCollection } from '../../harness/jobs/ask-probe.js';
import { answersIn, answerText, type ProbeBody, probeJobs } from '../../harness/jobs/probe-job.js';
import { probeConfig } from '../../harness/probe/config.js';
import { hostPlace } from '../../harness/probe/place.js';
import type { WorkloadResult } from '../../harness/probe/result.js';
import { selectedWorkloads } from '../../harness/probe/selection.js';
import { workloadsIn } from '../../harness/probe/workload-range.js';

const makers = { build: 'b', 'kernel.host': 'k', 'mkfs.ext4': 'm' };

function jobsOf(input: object, made: Record<string, string> = makers) {
  const config = probeConfig.parse({ storage: [{ fs: 'ext4' }], ...input });
  const target = { storage: config.storage[0]!, kernel: 'host', place: hostPlace() };
  return { config, jobs: probeJobs(config, target, made) };
}

function answered({ asked, range }: ProbeBody): WorkloadResult[] {
  return [...workloadsIn(asked, range)].map(({ name }) => ({
    ...{ name, outcome: 'kept' as const, points: 1, states: '2', recoveries: 1, exhaustive: true },
  }));
}

t.test('each workload is in one job, whatever is asked for', async (t) => {
  for (const input of [
    {},
    { seq: 2, sample: 70, seed: 3 },
    { workloads: ['create foo; sync', 'mkdir A; sync'] },
  ]) {
    const { config, jobs } = jobsOf(input);
    const names = jobs.flatMap(({ body }) => answered(body as ProbeBody).map(({ name }) => name));
    t.strictSame(
      names,
      [...selectedWorkloads(config)].map(({ name }) => name),
    );
  }
});

t.test('a job is named by what it does and by whom', async (t) => {
  const id = (...asked: Parameters<typeof jobsOf>): string => jobsOf(...asked).jobs[0]!.id;
  const one = id({});
  t.equal(id({}), one);
  t.equal(id({ storage: [{ fs: 'ext4', name: 'mine', expect: 'kept' }] }), one, 'a name changes no answer');
  for (const other of [
    { storage: [{ fs: 'ext4', mount: ['nobarrier'] }] },
    { limit: 9 },
    { seq: 2 },
    { granularity: 'torn' },
  ])
    t.not(id(other), one, JSON.stringify(other));
  for (const what of Object.keys(makers)) t.not(id({}, { ...makers, [what]: 'other' }), one, what);
});

t.test('an answer that is not the job’s is noticed', async (t) => {
  const body = jobsOf({ workloads: ['create foo; sync', 'mkdir A; sync', 'mkdir B; sync'] }).jobs[0]!
    .body as ProbeBody;
  const right = answered(body);
  t.strictSame(answersIn(answerText([...right].reverse()), body), right, 'in whatever order');
  t.throws(() => answersIn(answerText([...right, right[0]!]), body), /has workload own\.1 twice/);
  t.throws(() => answersIn(answerText(right.slice(1)), body), /lacks workload own\.1/);
  const strange = { ...right[0]!, name: 'own.9' };
  t.throws(() => answersIn(answerText([...right, strange]), body), /1 workloads that it was not asked for/);
});

t.test('a job answered twice, and one that is lost', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-collection-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'answers.ndjson');
  const { config, jobs } = jobsOf({ sample: 70 });
  t.equal(jobs.length, 3);
  const collection = new ProbeCollection(jobs, file);
  const [first, second, third] = jobs as [(typeof jobs)[0], (typeof jobs)[0], (typeof jobs)[0]];
  collection.take(first.id, answered);
  t.throws(() => collection.take(first.id, answered), /is answered twice, or nobody asked for it/);
  t.equal(collection.tally.tried, 30, 'and counted once');
  collection.take(third.id, answered);
  t.strictSame(
    collection.jobs.map(({ id }) => id),
    [second.id],
    'what is lost is not taken for done',
  );
  const again = new ProbeCollection(jobs, file);
  t.equal(again.tally.tried, 40, 'what is kept is taken over');
  t.throws(() => again.take(second.id, (body) => answered(body).slice(1)), /has no answer/);
  const completed = new ProbeCollection(jobs, file);
  completed.take(second.id, answered);
  t.equal(completed.tally.tried, [...selectedWorkloads(config)].length);
  t.equal(readFileSync(file, 'utf8').split('\n').length - 1, 70, 'each has one line');
});
