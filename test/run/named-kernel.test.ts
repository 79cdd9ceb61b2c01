/** A guest's kernel that is named where no guest runs is not passed over in silence. */
import t from 'tap';
import { scenarioOfCommand } from '../../harness/cli/scenario-options/scenarios-of.js';
import { resolvePlaces } from '../../harness/run/planning/resolve-places.js';

function said(values: Record<string, unknown>): string[] {
  const warnings: string[] = [];
  resolvePlaces([scenarioOfCommand(['true'], values)], { warning: (text) => warnings.push(text) });
  return warnings;
}

t.test('a kernel without a guest', async (t) => {
  const [told, ...more] = said({ engine: 'contract', kernel: ['cloud@9.9'] });
  t.same(more, []);
  t.match(
    told,
    /^true: on the host, .* vm\.kernel \(--kernel cloud@9\.9\) counts with place: vm \(--place vm\) alone$/,
  );
  t.same(said({ place: 'host', kernel: ['cloud'] }).length, 1);
  t.same(said({ place: 'vm', kernel: ['cloud'] }), []);
  t.same(said({ engine: 'contract' }), []);
});
