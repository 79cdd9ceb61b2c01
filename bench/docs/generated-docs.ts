import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { scenarioOptions } from '../../harness/cli/scenario-options/options.js';
import { scenario } from '../../harness/scenario/schema/scenario.js';
import { exitCode } from '../../harness/verdict/exit-code.js';
import { apiPage } from './api-page.js';
import { type SourceComments, sourceComments } from './source-comments.js';

interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  required?: string[];
  description?: string;
  [key: string]: unknown;
}

/** The generated pages with their paths in the checkout. */
export function generatedDocs(checkout: string): { path: string; text: string }[] {
  const comments = sourceComments(typescriptIn(join(checkout, 'harness/scenario/schema')));
  const schema = z.toJSONSchema(scenario, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  describe(schema, 'scenario', comments);
  schema.title = 'A plugpull scenario';
  return [
    { path: 'docs/scenario.schema.json', text: `${JSON.stringify(schema, null, 2)}\n` },
    { path: 'docs/scenario.md', text: scenarioPage(schema) },
    { path: 'docs/api.md', text: apiPage(checkout, 'harness/api/index.ts') },
    {
      path: 'docs/exit-codes.md',
      text: exitCodePage(sourceComments([join(checkout, 'harness/verdict/exit-code.ts')])),
    },
  ];
}

function typescriptIn(folder: string): string[] {
  return readdirSync(folder).map((name) => join(folder, name));
}

/** Puts the comments of the source beside the keys that they are about. */
function describe(schema: JsonSchema, path: string, comments: SourceComments): void {
  for (const [key, inner] of Object.entries(objectIn(schema)?.properties ?? {})) {
    const own = `${path}.${key}`;
    // A key that is made of a constant of its own has that one's keys, and its comment if it has none itself.
    const [constant] = comments.objectsNamedBy(own);
    const text = comments.of(own) ?? (constant === undefined ? undefined : comments.of(constant));
    if (text !== undefined) inner.description = text;
    describe(inner, constant ?? own, comments);
  }
}

function objectIn(schema: JsonSchema): JsonSchema | undefined {
  if (schema.properties) return schema;
  if (schema.items) return objectIn(schema.items);
  return schema.anyOf?.map(objectIn).find((found) => found !== undefined);
}

function scenarioPage(schema: JsonSchema): string {
  const options = new Map<string, string>(
    Object.entries(scenarioOptions).map(([name, { key }]) => [key, `\`--${name}\``]),
  );
  const rows: string[] = [];
  const visit = (of: JsonSchema, path: string): void => {
    for (const [key, inner] of Object.entries(objectIn(of)?.properties ?? {})) {
      const own = path === '' ? key : `${path}.${key}`;
      const needed = objectIn(of)?.required?.includes(key) ? ' (needed)' : '';
      rows.push(
        `| \`${own}\`${needed} | ${typeText(inner)} | ${defaultText(inner)} | ${options.get(own) ?? ''} | ${cell(inner.description ?? '')} |`,
      );
      visit(
        inner,
        inner.type === 'array' || inner.anyOf?.some(({ type }) => type === 'array') ? `${own}[]` : own,
      );
    }
  };
  visit(schema, '');
  return `<!-- Made by npm run docs:scenario from harness/scenario/schema: change it there. -->

# The scenario file

YAML, or JSON. An error names file, line and key, what was expected and what was found. Durations are \`30s\`, \`200ms\`, \`2m\`, or a number of seconds; sizes \`64MiB\` or bytes. Most keys have an option of \`plugpull run\`, which goes before the file; all have a camelCase name in \`crashTest\`.

An editor checks and completes it with the first line

    # yaml-language-server: $schema=./node_modules/plugpull/docs/scenario.schema.json

or with what \`plugpull schema\` prints.

| key | takes | default | option | |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

function typeText(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeText))].join(' or ');
  if (schema.type === 'array')
    return `list of ${schema.items?.properties ? 'the keys below' : typeText(schema.items ?? {})}`;
  if (schema.properties) return 'the keys below';
  if (schema.type === 'object') return 'names and values';
  return schema.type ?? 'anything';
}

function defaultText({ default: value }: JsonSchema): string {
  if (
    value === undefined ||
    value === '' ||
    (typeof value === 'object' && Object.keys(value as object).length === 0)
  )
    return '';
  return typeof value === 'object' ? '' : `\`${value}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function exitCodePage(comments: SourceComments): string {
  const rows = Object.entries(exitCode).map(
    ([name, code]) => `| ${code} | ${name} | ${cell(comments.of(`exitCode.${name}`) ?? '')} |`,
  );
  return `<!-- Made by npm run docs:scenario from harness/verdict/exit-code.ts: change it there. -->

# Exit codes

They are API: a script may branch on them. A run whose scenario states an \`expect\` ends with 0 when it came out so.

| code | name | meaning |
|---|---|---|
${rows.join('\n')}
`;
}
