import { readFileSync } from 'node:fs';
import type { CommandModule } from 'yargs';

const schemaFile = new URL('../../../../docs/scenario.schema.json', import.meta.url);

export const schemaCommand: CommandModule = {
  command: 'schema',
  describe: 'Print the JSON schema of scenario files, for editors',
  builder: (yargs) =>
    yargs.example('$0 schema > scenario.schema.json', 'docs/scenario.md says how editors find it'),
  handler: () => {
    process.stdout.write(readFileSync(schemaFile, 'utf8'));
  },
};
