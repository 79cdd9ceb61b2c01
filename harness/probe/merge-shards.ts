/**
 * Joins the answers of a probe's shards. The result is the one of a probe that was never sharded: each answer is taken once,
 * and counting shows that none is missing, twice, or another shard's.
 */
import { join } from 'node:path';
import { UsageError } from '../verdict/errors.js';
import { answersFileName, knownAnswers } from './answers.js';
import type { ProbeConfig } from './config.js';
import { difference, type Invocation, readInvocation } from './invocation.js';
import { type ProbeDocument, type ProbeResult, ProbeTally } from './probe-document.js';
import { selectedWorkloads } from './selection.js';
import { ownerOf } from './shard.js';
import { printWorkload } from './workload/workload.js';

/** A shard's folder with what it says of itself. */
export interface ShardResults {
  folder: string;
  invocation: Invocation;
  document: ProbeDocument;
}

/**
 * @param documentIn reads a folder's document
 * @throws UsageError naming what does not belong together, which shards are missing, or which answer comes twice
 */
export function shardsToJoin(
  folders: readonly string[],
  documentIn: (folder: string) => ProbeDocument,
): ShardResults[] {
  const parts = folders.map((folder) => ({ folder, invocation: readInvocation(folder, 'merge') }));
  const [first] = parts;
  if (!first) throw new UsageError('merge: expected shards to join, got none');
  for (const { folder, invocation } of parts) {
    const differs = difference(first.invocation, invocation);
    if (differs !== null)
      throw new UsageError(
        `merge: ${first.folder} and ${folder} do not belong together: ${differs}; shards are made by one build, of one kernel, with the same mkfs and options`,
      );
    if (invocation.shard === null || invocation.shard.count !== first.invocation.shard?.count)
      throw new UsageError(
        `merge: expected shards of one probe, got ${shardText(first.invocation)} (${first.folder}) and ${shardText(invocation)} (${folder})`,
      );
  }
  const { count } = first.invocation.shard!;
  const missing: string[] = [];
  for (let index = 1; index <= count; index++) {
    const found = parts.filter(({ invocation }) => invocation.shard!.index === index);
    if (found.length === 0) missing.push(`${index}/${count}`);
    if (found.length > 1)
      throw new UsageError(
        `merge: expected each shard once, got ${index}/${count} twice: ${found.map(({ folder }) => folder).join(', ')}`,
      );
  }
  if (missing.length > 0)
    throw new UsageError(`merge: expected ${count} shards, and ${missing.join(', ')} is missing`);
  return parts
    .map((part) => ({ ...part, document: documentIn(part.folder) }))
    .sort((a, b) => a.invocation.shard!.index - b.invocation.shard!.index);
}

function shardText({ shard }: Invocation): string {
  return shard ? `shard ${shard.index}/${shard.count}` : 'a whole probe';
}

/**
 * @param keep gets each answer's line, with the number of its storage
 * @throws UsageError naming an answer that is twice, or that is not the shard's
 */
export function joinedResults(
  config: ProbeConfig,
  parts: readonly ShardResults[],
  keep: (storage: number, line: string) => void,
): ProbeResult[] {
  return parts[0]!.document.probes.map((told, i) => {
    const answers = parts.map(({ folder }) => knownAnswers(join(folder, answersFileName(i))));
    const tally = new ProbeTally();
    let complete = parts.every(({ document }) => document.probes[i]!.complete);
    const ownerAt = ownerOf(parts[0]!.invocation.shard!, i, config);
    for (const { name, workload, place } of selectedWorkloads(config)) {
      const owner = ownerAt(place) - 1;
      const holders = answers.flatMap((some, part) => (some.has(name) ? [part] : []));
      const stranger = holders.find((part) => part !== owner);
      if (stranger !== undefined)
        throw new UsageError(
          `merge: workload ${name} is shard ${owner + 1}'s, and ${parts[stranger]!.folder} has an answer to it${holders.length > 1 ? ', too' : ''}`,
        );
      const answer = answers[owner]!.get(name);
      if (!answer) {
        complete = false;
        continue;
      }
      tally.add(answer, () => printWorkload(workload));
      keep(i, JSON.stringify(answer));
    }
    const all = answers.reduce((sum, some) => sum + some.size, 0);
    if (all !== tally.tried)
      throw new UsageError(`merge: ${all - tally.tried} answers are to workloads that were not asked for`);
    const durationMs = parts.reduce((sum, { document }) => sum + document.probes[i]!.duration_ms, 0);
    const { name, kernel, kernel_name, place } = told;
    const kernelName = kernel_name ?? (place === 'vm' ? 'uml' : 'host');
    return tally.result(told.storage, { name, place: { kernel, kernelName, place }, complete, durationMs });
  });
}
