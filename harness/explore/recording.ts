import type { Trace } from '../trace/trace.js';
import type { Recording } from './crash-image.js';
import { type CrashPoint, crashPoints } from './crash-points.js';
import { LogIndex } from './log-index.js';
import { Pieces } from './pieces.js';

/** A trace as the explorer needs it. The same trace gives the same crash points and pieces everywhere. */
export interface ExplorableTrace {
  recording: Recording;
  points: CrashPoint[];
}

export function explorable(trace: Trace): ExplorableTrace {
  const { scenario, storage } = trace.manifest;
  const begun = scenario.checker ? trace.begun.map(({ block_index }) => block_index) : [];
  const { disk } = scenario.storage[storage]!;
  const pieces = new Pieces(trace.operations, scenario.explore.granularity, disk.atomic_unit);
  return {
    recording: {
      index: new LogIndex(trace.operations),
      pieces,
      base: trace.base,
      payload: trace.payload,
      discard: disk.discard === 'ignored' ? 'ignored' : 'zeros',
    },
    points: crashPoints(
      trace.operations,
      trace.acks.map((ack) => ack.block_index),
      trace.endIndex,
      begun,
    ),
  };
}
