/** Where plugpull's own things are in a container. */
export const insidePaths = {
  /** Programs and libraries. */
  tools: '/plugpull/tools',
  node: '/plugpull/node',
  package: '/plugpull/package.json',
  built: '/plugpull/dist',
  /** In memory, for everybody to write in. */
  run: '/run/plugpull',
  /** Comes into being when everything is mounted. */
  go: '/run/plugpull/go',
  ackSocket: '/run/plugpull/ack.sock',
  stdoutFolder: '/run/plugpull/stdout',
  stdout: '/run/plugpull/stdout/stdout',
  traceFolder: '/run/plugpull/trace',
  state: '/run/plugpull/state.json',
  socket: '/run/plugpull/socket',
} as const;

/** By these variables whoever starts a job says more about it. Paths are the host's. */
export const jobVariables = {
  /** Folder with the file `stdout` that the programs print to. */
  stdoutFolder: 'PLUGPULL_STDOUT_FOLDER',
  /** strace and its options, as a JSON list; the log goes to `insidePaths.traceFolder`. */
  tracer: 'PLUGPULL_TRACER',
  /** Folder that is mounted there. */
  traceFolder: 'PLUGPULL_TRACE_FOLDER',
} as const;

/** The label of everything that is made in an engine, with the run's id. */
export const engineLabel = 'plugpull.run';
