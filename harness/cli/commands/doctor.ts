import type { CommandModule } from 'yargs';
import { screenOf } from '../../../reports/terminal/screen.js';
import { probeUml } from '../../../vm/uml/probe.js';
import { installPackages, makeNodes, missingNodes, missingPackages } from '../../doctor/install.js';
import { probeMachine } from '../../doctor/machine.js';
import { renderJson, renderTable } from '../../doctor/table.js';
import { cleanDeadRuns } from '../../state/clean.js';
import { isAlive, knownRuns } from '../../state/run-space.js';
import { exitCode } from '../../verdict/exit-code.js';
import { called } from '../called-as.js';

interface DoctorArguments {
  install: boolean;
  guests: boolean;
  devices: boolean;
  clean: boolean;
  json: boolean;
}

export const doctorCommand: CommandModule<object, DoctorArguments> = {
  command: 'doctor',
  describe: 'Say what works here and which package brings what is missing; clean up after killed runs',
  builder: (yargs) =>
    yargs.options({
      clean: { type: 'boolean', default: false, describe: 'remove what killed runs left' },
      install: { type: 'boolean', default: false, describe: 'install the Debian packages that are missing' },
      guests: {
        type: 'boolean',
        default: false,
        describe: 'with --install: also those for virtual machines',
      },
      devices: { type: 'boolean', default: false, describe: 'make the device nodes that a container lacks' },
      json: { type: 'boolean', default: false, describe: 'print JSON' },
    }),
  handler: async ({ clean, json, install, guests, devices }) => {
    if (install || devices) {
      if (install) bring('packages', missingPackages(guests), installPackages);
      if (devices) bring('device nodes', missingNodes(), makeNodes, ({ path }) => path);
      return;
    }
    if (clean) {
      cleanUp(json);
      return;
    }
    const capabilities = [...(await probeMachine()), probeUml()];
    const dead = knownRuns().filter((run) => !isAlive(run));
    process.stdout.write(
      `${json ? renderJson(capabilities) : renderTable(capabilities, screenOf(process.stdout).paint)}\n`,
    );
    if (dead.length > 0 && !json) {
      process.stdout.write(
        `\n${dead.length} killed ${dead.length === 1 ? 'run' : 'runs'} left things behind: ${called()} doctor --clean\n`,
      );
    }
  },
};

function bring<Thing>(
  what: string,
  missing: Thing[],
  action: (missing: Thing[]) => void,
  name: (thing: Thing) => string = String,
): void {
  action(missing);
  const names = missing.map(name).join(' ');
  process.stdout.write(missing.length === 0 ? `no ${what} are missing\n` : `${what}: ${names}\n`);
}

function cleanUp(json: boolean): void {
  const cleaned = cleanDeadRuns();
  if (json) process.stdout.write(`${JSON.stringify({ schema: 'plugpull.clean/1', cleaned })}\n`);
  else {
    for (const { run, processes, mounts, loops, left } of cleaned) {
      process.stdout.write(
        `run ${run}: ended ${processes} processes, removed ${mounts.length} mounts and ${loops.length} loop devices\n`,
      );
      for (const what of left) process.stdout.write(`  could not remove ${what}\n`);
    }
    if (cleaned.length === 0) process.stdout.write('nothing to clean up\n');
  }
  if (cleaned.some(({ left }) => left.length > 0)) process.exitCode = exitCode.internal;
}
