import type { FileSystem } from '../harness/scenario/schema/storage.js';
import type { Benchmark } from './benchmark.js';
import { contractCalls, contractMemory } from './contract/judging.js';
import { tracingOverhead } from './contract/tracing-overhead.js';
import { endToEnd, seedsAndBroken, umlEndToEnd } from './end-to-end.js';
import { guestBoot, guestRecording, guestRecoveries } from './guests.js';
import { importPlugpull } from './import-plugpull.js';
import { liveRounds } from './live-rounds.js';
import { looking } from './looking.js';
import { manyAcks } from './many-acks.js';
import { powerRounds } from './power-rounds.js';
import { probing } from './probe.js';
import { queueTwoWorkers } from './queue-workers.js';
import { recordFsync, recordStream } from './recording-overhead.js';
import { recoveries } from './recoveries.js';
import { reportOpens } from './report-opens.js';
import { pgbenchOverhead, redisOverhead } from './server-overhead.js';
import { statesRename, statesSqlite } from './states.js';
import { twoLanes } from './two-lanes.js';
import { umlBoot } from './uml-boot.js';
import { umlRecoveries, umlTwoLanes } from './uml-recoveries.js';

const fileSystems: FileSystem[] = ['ext4', 'ext2', 'xfs', 'btrfs'];

/** All benchmarks; their names are API. */
export const benchmarks: readonly Benchmark[] = [
  ...fileSystems.map((fs) => recoveries(fs, fs === 'ext4' ? 0.5 : null)),
  ...fileSystems.map(looking),
  twoLanes,
  umlRecoveries('ext4', 1),
  umlRecoveries('ext2', 0.6),
  umlRecoveries('xfs', 0.9),
  umlRecoveries('btrfs', 1),
  umlTwoLanes,
  recordFsync,
  recordStream,
  pgbenchOverhead,
  redisOverhead,
  ...fileSystems.map(statesSqlite),
  ...fileSystems.map(statesRename),
  ...(['ext4', 'xfs', 'btrfs'] as const).map(probing),
  queueTwoWorkers,
  tracingOverhead,
  contractCalls,
  contractMemory,
  guestBoot,
  umlBoot,
  powerRounds,
  ...liveRounds,
  guestRecording,
  guestRecoveries,
  reportOpens,
  importPlugpull,
  endToEnd,
  umlEndToEnd,
  seedsAndBroken,
  ...manyAcks,
];
