#!/usr/bin/env node
import { hideBin } from 'yargs/helpers';
import { exitCode } from '../verdict/exit-code.js';
import { called } from './called-as.js';
import { bearLostReaders, catchStrayErrors, cleanUp } from './clean-up.js';
import { commandLine } from './command-line.js';
import { namedFromHere, requireCurrentFolder } from './current-folder.js';
import { leave } from './leave.js';
import { sayError } from './say-error.js';

/** In the order of the help. Each takes a third of a second to load with all that it needs, so only the one asked for is. */
const commands: Record<string, () => Promise<unknown>> = {
  init: async () => (await import('./commands/init.js')).initCommand,
  run: async () => (await import('./commands/run.js')).runCommand,
  record: async () => (await import('./commands/record.js')).recordCommand,
  check: async () => (await import('./commands/check.js')).checkCommand,
  show: async () => (await import('./commands/show.js')).showCommand,
  schema: async () => (await import('./commands/schema.js')).schemaCommand,
  report: async () => (await import('./commands/report.js')).reportCommand,
  merge: async () => (await import('./commands/merge.js')).mergeCommand,
  mount: async () => (await import('./commands/mount.js')).mountCommand,
  mutants: async () => (await import('./commands/mutants.js')).mutantsCommand,
  probe: async () => (await import('./commands/probe.js')).probeCommand,
  properties: async () => (await import('./commands/properties.js')).propertiesCommand,
  worker: async () => (await import('./commands/worker.js')).workerCommand,
  import: async () => (await import('./commands/import.js')).importCommand,
  export: async () => (await import('./commands/export.js')).exportCommand,
  vm: async () => (await import('./commands/vm.js')).vmCommand,
  doctor: async () => (await import('./commands/doctor.js')).doctorCommand,
  ack: async () => (await import('./commands/ack.js')).ackCommand,
};

catchStrayErrors();
bearLostReaders();
try {
  requireCurrentFolder();
  namedFromHere();
  const given = hideBin(process.argv);
  const asked = Object.hasOwn(commands, given[0] ?? '') ? [commands[given[0]!]!] : Object.values(commands);
  const cli = commandLine(given, await Promise.all(asked.map((load) => load())));
  // Read now, so that nothing that is started inherits it.
  called();
  await cli.parseAsync();
} catch (error) {
  process.exitCode = sayError(error);
  // A thread that ended by a fault has not tidied up.
  await cleanUp();
}
if (process.exitCode === exitCode.interrupted) {
  await cleanUp();
  await leave(exitCode.interrupted);
}
