import type { CommandModule } from 'yargs';
import { screenOf } from '../../../reports/terminal/screen.js';
import { probeMachine } from '../../doctor/machine.js';
import { renderJson, renderTable } from '../../doctor/table.js';
import { cleanDeadRuns } from '../../state/clean.js';
import { isAlive, knownRuns } from '../../state/run-space.js';
import { exitCode } from '../../verdict/exit-code.js';

interface DoctorArguments {
  clean: boolean;
  json: boolean;
}

export const doctorCommand: CommandModule<object, DoctorArguments> = {
  command: 'doctor',
  describe: 'Say what works here and which package brings what is missing; clean up after killed runs',
  builder: (yargs) =>
    yargs.options({
      clean: { type: 'boolean', default: false, describe: 'remove what killed runs left' },
      json: { type: 'boolean', default: false, describe: 'print JSON' },
    }),
  handler: async ({ clean, json }) => {
    if (clean) {
      cleanUp(json);
      return;
    }
    const capabilities = await probeMachine();
    const dead = knownRuns().filter((run) => !isAlive(run));
    process.stdout.write(
      `${json ? renderJson(capabilities) : renderTable(capabilities, screenOf(process.stdout).paint)}\n`,
    );
    if (dead.length > 0 && !json) {
      process.stdout.write(
        `\n${dead.length} killed ${dead.length === 1 ? 'run' : 'runs'} left things behind: plugpull doctor --clean\n`,
      );
    }
  },
};

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
