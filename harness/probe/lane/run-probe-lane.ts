/** What every lane of the probe does: one workload after the other, on a file system that it makes once. */
import { partsOf } from '../../disk/block-parts.js';
import { OverlayDevice } from '../../disk/overlay.js';
import { LineInput } from '../../explore/lane/line-input.js';
import { writeLine } from '../../explore/lane/line-output.js';
import { disksBelow } from '../../scenario/schema/layers.js';
import { prefilledDisk } from './base-disk.js';
import { measureProperty } from './measure-property.js';
import type { FromProbeLane, ProbeLaneSetup, ProbeTask, PropertyTask } from './messages.js';
import { probeWorkload } from './probe-workload.js';
import type { Seat } from './seat.js';

function send(message: FromProbeLane): void {
  writeLine(1, JSON.stringify(message));
}

/** Until the command closes standard input; then the process ends. */
export function runProbeLane(takeSeat: (setup: ProbeLaneSetup) => Seat): void {
  try {
    const input = new LineInput(0);
    const first = input.next();
    if (first !== null) probe(JSON.parse(first) as ProbeLaneSetup, input, takeSeat);
    process.exit(0);
  } catch (error) {
    send({ type: 'fault', message: (error as Error).stack ?? String(error) });
    process.exit(1);
  }
}

function probe(setup: ProbeLaneSetup, input: LineInput, takeSeat: (setup: ProbeLaneSetup) => Seat): void {
  const { storage, sizeBytes, granularity, fsck, limit } = setup;
  const seat = takeSeat(setup);
  const count = disksBelow(storage.layers);
  const base = prefilledDisk(count * sizeBytes);
  const made = seat.run(partsOf(base, count), { type: 'make' }, () => {});
  const thrownAway = partsOf(new OverlayDevice(base, count * sizeBytes, { keepOperations: false }), count);
  const mounted = made.type === 'refused' ? made : seat.run(thrownAway, { type: 'try_mount' }, () => {});
  send({ type: 'ready', refused: mounted.type === 'refused' ? mounted : null });
  for (let line = input.next(); line !== null; line = input.next()) {
    const task = JSON.parse(line) as ProbeTask | PropertyTask;
    const bench = { seat, storage, sizeBytes, base, granularity, fsck, limit };
    if ('property' in task) send({ type: 'measured', answer: measureProperty(task, bench) });
    else send({ type: 'probed', result: probeWorkload(task.name, task.workload, bench) });
  }
  seat.close();
}
