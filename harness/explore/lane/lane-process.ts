/**
 * One lane: explores crash points, one recovery after the other, on a disk of its own.
 *
 * Runs in a mount namespace of its own, so that its mounts vanish with it, however it ends. Reads tasks from
 * standard input when it has nothing to do, and looks for news there between two recoveries.
 */
import { mkdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { OverlayDevice } from '../../disk/overlay.js';
import type { Judgement } from '../../judge/judgement.js';
import { RunSpace } from '../../state/run-space.js';
import { openTrace } from '../../trace/trace.js';
import { CrashImage } from '../crash-image.js';
import type { CrashPoint } from '../crash-points.js';
import { EagerDecisions } from '../decisions.js';
import { ObservedImage, RecoveryMemory } from '../memory.js';
import { PointSearch } from '../point-search.js';
import { explorable } from '../recording.js';
import { LaneDisk } from './lane-disk.js';
import { LineInput } from './line-input.js';
import { decodeDecisions, encodeDecisions, type FromLane, type LaneSetup, type ToLane } from './messages.js';

const input = new LineInput(0);

function send(message: FromLane): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
}

function main(): void {
  const first = input.next();
  if (first === null) return;
  const setup = JSON.parse(first) as LaneSetup;
  const trace = openTrace(setup.traceFolder);
  const { recording, points } = explorable(trace);
  const space = RunSpace.at(setup.spaceFolder);
  const laneFolder = join(setup.spaceFolder, setup.name);
  const fuseFolder = join(laneFolder, 'fuse');
  mkdirSync(fuseFolder, { recursive: true });
  space.note({ kind: 'mount', what: fuseFolder });
  const { traceFolder, spaceFolder, directIo } = setup;
  const disk = new LaneDisk(
    fuseFolder,
    trace.manifest.size_bytes,
    { traceFolder, spaceFolder, laneFolder, directIo },
    space.environment,
  );
  // Recovery is judged by what it reads and by what is owed; what is owed depends on the acks alone.
  const memories = new Map<number, RecoveryMemory<Judgement>>();
  const memoryFor = (point: CrashPoint): RecoveryMemory<Judgement> => {
    let memory = memories.get(point.acks);
    if (!memory) {
      memory = new RecoveryMemory();
      memories.set(point.acks, memory);
    }
    return memory;
  };
  const recover = (image: { read(offset: number, into: Buffer): void }, point: CrashPoint): Judgement => {
    const overlay = new OverlayDevice(image, trace.manifest.size_bytes, { keepOperations: false });
    const { logIndex: log_index, reason, acks } = point;
    return { problems: disk.recover(overlay, { point: { log_index, reason, acks } }) };
  };

  const explore = (task: Extract<ToLane, { type: 'explore' }>): void => {
    const point = points[task.point]!;
    const search = new PointSearch<Judgement>({
      imageFor: (decider) => new CrashImage(recording, point, decider),
      prefix: decodeDecisions(task.prefix),
      recover: (image) => recover(image, point),
      memory: memoryFor(point),
    });
    let recoveries = 0;
    for (;;) {
      const leaf = search.next();
      if (!leaf) break;
      if (!leaf.remembered) recoveries++;
      const { decisions, judgement, remembered } = leaf;
      send({
        type: 'leaf',
        task: task.task,
        point: task.point,
        decisions: encodeDecisions(decisions),
        problems: judgement.problems,
        remembered,
      });
      let stopped = recoveries >= task.maxRecoveries;
      while (input.isWaiting()) {
        const line = input.next();
        if (line === null) return;
        const message = JSON.parse(line) as ToLane;
        if (message.type === 'stop') stopped = true;
        if (message.type === 'donate') {
          const prefix = search.donate();
          send({ type: 'donated', prefix: prefix && encodeDecisions(prefix), point: task.point });
        }
      }
      if (stopped) {
        send({ type: 'explored', task: task.task, complete: search.isDone });
        return;
      }
    }
    send({ type: 'explored', task: task.task, complete: true });
  };

  const judge = (task: Extract<ToLane, { type: 'judge' }>): void => {
    const point = points[task.point]!;
    const image = new CrashImage(recording, point, new EagerDecisions(task.lost));
    const known = task.fromMemory ? memoryFor(point).recall(image) : undefined;
    let judgement = known;
    if (!judgement) {
      const observed = new ObservedImage(image);
      judgement = recover(observed, point);
      if (task.fromMemory) memoryFor(point).remember(observed.reads, judgement);
    }
    send({ type: 'judged', task: task.task, problems: judgement.problems });
  };

  send({ type: 'ready' });
  for (;;) {
    const line = input.next();
    if (line === null) break;
    const message = JSON.parse(line) as ToLane;
    if (message.type === 'explore') explore(message);
    else if (message.type === 'judge') judge(message);
    else if (message.type === 'donate') send({ type: 'donated', prefix: null, point: -1 });
  }
  disk.close();
}

try {
  main();
  process.exit(0);
} catch (error) {
  send({ type: 'fault', message: (error as Error).stack ?? String(error) });
  process.exit(1);
}
