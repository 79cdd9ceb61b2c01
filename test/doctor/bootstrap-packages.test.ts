import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { forTestsOnly } from '../../harness/doctor/install.js';
import { type Tool, tools } from '../../harness/doctor/tools.js';
import { keyring } from '../../vm/image/suite.js';

const root = join(import.meta.dirname, '../../..');

const forTests = (tool: Tool): boolean =>
  [...forTestsOnly].some((name) => tools[name]?.package === tool.package);

/** A list of scripts/bootstrap: packages by the program or file that they bring. */
function listOf(name: string): Map<string, string> {
  const script = readFileSync(join(root, 'scripts/bootstrap'), 'utf8');
  const list = new RegExp(`^${name}='\n([^']*)'$`, 'm').exec(script)?.[1] ?? '';
  return new Map(
    list
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/) as [string, string]),
  );
}

function isList(
  t: Test,
  name: string,
  isIn: (tool: Tool) => boolean,
  files: Record<string, string> = {},
): void {
  const installed = listOf(name);
  for (const [command, name] of installed)
    t.equal(files[command] ?? tools[command]?.package, name, `${command} is known to the doctor`);
  const wanted = Object.values(tools).filter(isIn);
  t.same(
    new Set(installed.values()),
    new Set([...wanted.map((tool) => tool.package), ...Object.values(files)]),
  );
}

t.test(
  'scripts/bootstrap run installs the packages of the doctor’s tools, optional ones and the tests’ aside',
  async (t) => {
    isList(t, 'packages_of_commands', (tool) => !tool.optional && !forTests(tool));
  },
);

t.test('its part debian installs those of the tests besides, its part docker the engine’s', async (t) => {
  const ofEngine = new Set(listOf('packages_of_docker').values());
  t.ok(ofEngine.has(tools.dockerd!.package));
  isList(t, 'packages_of_tests', (tool) => forTests(tool) && !ofEngine.has(tool.package));
});

t.test('its part vm installs those for guests, and the keys of Debian’s archive', async (t) => {
  isList(t, 'packages_of_guests', (tool) => tool.optional === 'guest', {
    [keyring]: 'debian-archive-keyring',
  });
});
