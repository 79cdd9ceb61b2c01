import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { tools } from '../../harness/doctor/tools.js';

const root = join(import.meta.dirname, '../../..');

t.test(
  'scripts/bootstrap installs the packages of the doctor’s tools, the optional ones aside',
  async (t) => {
    const script = readFileSync(join(root, 'scripts/bootstrap'), 'utf8');
    const list = /^packages_of_commands='\n([^']*)'$/m.exec(script)?.[1] ?? '';
    const installed = new Map(
      list
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/) as [string, string]),
    );

    for (const [command, name] of installed)
      t.equal(tools[command]?.package, name, `${command} is known to the doctor`);
    const wanted = Object.values(tools).filter((tool) => !tool.optional);
    t.same(new Set(installed.values()), new Set(wanted.map((tool) => tool.package)));
  },
);
