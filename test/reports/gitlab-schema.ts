/**
 * What GitLab asks of a code quality report, as its documentation has it in words
 * (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format): a JSON array, read without a byte order
 * mark; five fields required, the severity one of five; a path from the repository's root, not from `./`; a line as
 * `lines.begin` or as `positions.begin.line`; a fingerprint that no other issue has. Other fields it leaves alone.
 */
import { Ajv } from 'ajv';

const text = { type: 'string', minLength: 1 };
const line = { type: 'integer', minimum: 1 };

function having(properties: Record<string, object>): object {
  return { type: 'object', properties, required: Object.keys(properties) };
}

const path = { ...text, pattern: '^(?!/|\\.{1,2}/)' };
const schema = {
  type: 'array',
  items: having({
    description: text,
    check_name: text,
    fingerprint: text,
    severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
    location: {
      anyOf: [
        having({ path, lines: having({ begin: line }) }),
        having({ path, positions: having({ begin: having({ line }) }) }),
      ],
    },
  }),
};

const isValid = new Ajv({ allErrors: true }).compile(schema);

/** What is wrong with a code quality report; none when it is valid. */
export function gitlabProblems(document: unknown): string[] {
  if (!isValid(document))
    return isValid.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
  const prints = (document as { fingerprint: string }[]).map(({ fingerprint }) => fingerprint);
  return new Set(prints).size === prints.length ? [] : ['each fingerprint has to be there once'];
}
