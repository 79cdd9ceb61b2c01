/** Every file that is started as a program, by its path without an ending. */

/** The command: what a sub-command needs is read only when it is asked for. */
export const command = 'harness/cli/main';

/** Processes and threads that a command starts, most of them several times a run. */
export const processes: readonly string[] = [
  'harness/api/session-process',
  'harness/attach/noticed-process',
  'harness/capture/pressure/pressure-process',
  'harness/cli/work/clean-thread',
  'harness/cli/work/work-thread',
  'harness/container/inside-process',
  'harness/container/remove-process',
  'harness/container/run-process',
  'harness/disk/recording/disk-process',
  'harness/disk/recording/stdout-thread',
  'harness/explore/lane/lane-process',
  'harness/explore/lane/recoverer',
  'harness/jobs/job-process',
  'harness/probe/lane/host-lane-process',
  'harness/probe/resident/host-resident-process',
  'harness/run/recording/second-run-process',
  'harness/server/attend-process',
  'vm/lane/guest-lane-process',
  'vm/lane/uml/recovering-guest-process',
  'vm/lane/uml/shown-state-process',
  'vm/lane/uml/uml-lane-process',
  'vm/place/layered-storage-process',
  'vm/probe/qemu-probe-lane-process',
  'vm/probe/resident-guest-process',
  'vm/probe/resident-qemu-process',
  'vm/probe/uml-probe-lane-process',
];
