/**
 * The usual way to look for crash bugs in a recording, as dm-log-writes and replay-log do it: for each flush
 * replay the log from the start into an image, mount it, check it, unmount it. One crash state a flush.
 *
 * As fast as it goes here: one process, the image in memory, the base image and the log's payloads read once,
 * mount through koffi, and the checks of the other side.
 */
import { join } from 'node:path';
import { unmount } from '../harness/attach/libc.js';
import { mountStorage } from '../harness/attach/mounting.js';
import { programEnvironment } from '../harness/capture/environment.js';
import { CheckerRunner } from '../harness/judge/checker.js';
import { type Problem, problemOf } from '../harness/judge/judgement.js';
import { LocalTree } from '../harness/judge/local-tree.js';
import { toldAt } from '../harness/judge/told.js';
import { breachesOf, claimsAfter } from '../harness/promise/claims.js';
import { openCourse } from '../harness/promise/open-course.js';
import { promisesOf } from '../harness/promise/promises.js';
import type { Lab } from './lab.js';
import { contentOfFile, RamDisk } from './ram-disk.js';
import type { RecordedTrace } from './recorded-trace.js';

export interface UsualWay {
  /** Checks every flush once. */
  run(): { states: number; problems: Problem[] };
  close(): void;
}

export function usualWay(lab: Lab, { trace, traced }: RecordedTrace): UsualWay {
  const { manifest } = trace;
  const { scenario } = manifest;
  const storage = scenario.storage[manifest.storage]!;
  const base = contentOfFile(join(trace.folder, 'base.img'), manifest.size_bytes);
  const payloads = new Map<number, Buffer>();
  for (const operation of trace.operations) {
    if (operation.kind !== 'write') continue;
    const payload = Buffer.allocUnsafe(operation.sectorCount * 512);
    trace.payload(operation, 0, payload);
    payloads.set(operation.index, payload);
  }
  const disk = RamDisk.attach(lab, 'usual', manifest.size_bytes);
  const root = lab.folder('usual');
  lab.space.note({ kind: 'mount', what: root });
  const checker = scenario.checker
    ? new CheckerRunner({
        checker: scenario.checker,
        homeFolder: '/',
        stateFile: lab.path('state'),
        env: {
          ...programEnvironment(manifest.workloads, manifest.scenario_folder),
          ...lab.space.environment,
        },
        stderrFile: '/dev/null',
      })
    : null;
  const flushes = traced.points.filter(({ reason }) => reason === 'flush' || reason === 'end');
  const promises = promisesOf(scenario);
  const course = openCourse(trace);
  return {
    run() {
      const problems: Problem[] = [];
      for (const { logIndex, reason, acks } of flushes) {
        disk.fill(base);
        for (const { index, kind, sector, sectorCount } of trace.operations) {
          if (index >= logIndex) break;
          if (kind === 'write') disk.write(sector * 512, payloads.get(index)!);
          else if (kind === 'discard') disk.write(sector * 512, Buffer.alloc(sectorCount * 512));
        }
        mountStorage(disk.device, root, storage);
        problems.push(...breachesOf(new LocalTree(root), claimsAfter(course, acks, promises)).map(problemOf));
        if (checker) {
          const told = toldAt(trace, { logIndex, acks });
          const state = { directory: root, ...told, crash_point: { log_index: logIndex, reason, acks } };
          problems.push(...checker.check(state).problems);
        }
        unmount(root);
      }
      return { states: flushes.length, problems };
    },
    close() {
      checker?.dispose();
      disk.detach();
    },
  };
}
