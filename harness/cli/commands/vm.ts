import type { CommandModule } from 'yargs';
import { vmBuildCommand } from './vm-build.js';
import { vmCleanCommand } from './vm-clean.js';
import { vmListCommand } from './vm-list.js';

export const vmCommand: CommandModule = {
  command: 'vm',
  describe: 'Make, list and remove the images that virtual machines boot from',
  builder: (yargs) =>
    yargs
      .command(vmBuildCommand)
      .command(vmListCommand)
      .command(vmCleanCommand)
      .demandCommand(1, 'expected build, list or clean after vm, got none'),
  handler: () => {},
};
