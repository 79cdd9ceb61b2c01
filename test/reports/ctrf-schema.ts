/** What CTRF asks of the keys that we write (https://ctrf.io, its JSON schema): no others, and whole milliseconds. */
import { Ajv } from 'ajv';

const text = { type: 'string', minLength: 1 };
const whole = { type: 'integer', minimum: 0 };

function closed(properties: Record<string, object>, optional: readonly string[] = []): object {
  const required = Object.keys(properties).filter((key) => !optional.includes(key));
  return { type: 'object', properties, required, additionalProperties: false };
}

const test = closed({
  name: text,
  suite: { type: 'array', minItems: 1, items: { type: 'string' } },
  status: { enum: ['passed', 'failed', 'skipped', 'pending', 'other'] },
  rawStatus: { type: 'string' },
  duration: whole,
  message: { type: 'string' },
});
const counts = ['tests', 'passed', 'failed', 'skipped', 'pending', 'other', 'start', 'stop'];
const schema = closed({
  reportFormat: { const: 'CTRF' },
  specVersion: { type: 'string', pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' },
  results: closed({
    tool: closed({ name: text, version: { type: 'string' } }),
    summary: closed(Object.fromEntries(counts.map((name) => [name, whole]))),
    tests: { type: 'array', items: test },
    environment: closed({ extra: { type: 'object' } }),
  }),
});

const isValid = new Ajv({ allErrors: true }).compile(schema);

/** What is wrong with a CTRF document; none when it is valid. */
export function ctrfProblems(document: unknown): string[] {
  return isValid(document)
    ? []
    : isValid.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
}
