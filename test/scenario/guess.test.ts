import t from 'tap';
import { scenarioOfCommand } from '../../harness/cli/scenario-options/scenarios-of.js';
import { parseScenario } from '../../harness/scenario/load.js';

const messageOf = (make: () => unknown): string => {
  try {
    make();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};
const parsed = (more: string): string =>
  messageOf(() => parseScenario(`name: a\nworkload: {run: x}\n${more}\n`, 'my.yaml'));

t.test('keys and values that are nearly right', async (t) => {
  t.match(parsed('storge: [{fs: ext4}]'), /^my\.yaml:3: key storge: .*: did you mean storage\?$/);
  t.match(parsed('storage: [{fs: exf4}]'), /did you mean ext4\?$/);
  t.match(parsed('storage: [{disk: {cahce: lying}}]'), /did you mean cache\?$/);
  t.match(parsed('explore: {budget: {recoverys: 1}}'), /did you mean recoveries\?$/);
  t.match(
    messageOf(() => scenarioOfCommand(['x'], { fs: ['exf4'] })),
    /did you mean ext4\?$/,
  );
});

t.test('NUL is in no command', async (t) => {
  t.match(
    messageOf(() => parseScenario('name: a\nworkload: {run: "\\0"}\n', 'my.yaml')),
    /^my\.yaml:2: expected text without NUL, found \\0$/,
  );
  t.equal(
    messageOf(() => parseScenario('name: a\nworkload: {run: \'echo "\\0"\'}\n', 'my.yaml')),
    '',
  );
});

t.test('what is near to nothing gets no guess', async (t) => {
  t.notMatch(parsed('quarks: 1'), /did you mean/);
  t.notMatch(parsed('storage: [{fs: reiser}]'), /did you mean/);
});
