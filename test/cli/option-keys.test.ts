import t from 'tap';
import { z } from 'zod';
import type { KeyOption } from '../../harness/cli/scenario-options/key-option.js';
import { scenarioOptions } from '../../harness/cli/scenario-options/options.js';
import { scenario } from '../../harness/scenario/schema/scenario.js';

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
}

/** Every key of a scenario, those of lists as `list[].key`. */
function keysIn(schema: JsonSchema, above = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => [
    above + name,
    ...keysIn(inner, `${above}${name}.`),
    ...(inner.items ? keysIn(inner.items, `${above}${name}[].`) : []),
  ]);
}

const keys = keysIn(z.toJSONSchema(scenario, { io: 'input', unrepresentable: 'any' }) as JsonSchema);

t.test('each option stands for a key of the scenario, and no two for one but --fs and --like', async (t) => {
  const { like, ...others } = scenarioOptions;
  t.equal(like.key, others.fs.key);
  const stoodFor = Object.values(others).map(({ key }) => key);
  t.same(
    stoodFor.filter((key) => !keys.includes(key)),
    [],
  );
  t.equal(new Set(stoodFor).size, stoodFor.length);
});

t.test('each key has an option, or is one of those that docs/scenario.md leaves to files', async (t) => {
  const stoodFor = Object.values<KeyOption>(scenarioOptions).map(({ key }) => key);
  const leftToFiles = ['description', 'workload.run', 'server', 'nodes', 'clients', 'container.id'];
  const isIn = (list: readonly string[], key: string): boolean =>
    list.some((other) => key === other || key.startsWith(`${other}.`) || key.startsWith(`${other}[].`));
  const isAboveAny = (key: string): boolean => stoodFor.some((other) => other.startsWith(`${key}.`));
  t.same(
    keys.filter((key) => !isIn(stoodFor, key) && !isIn(leftToFiles, key) && !isAboveAny(key)),
    [],
  );
});
