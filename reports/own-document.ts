/**
 * Documents that are no results of runs: what `plugpull mutants` and `plugpull properties` leave. Each has a page of its
 * own, and is made again from what is stored, like a report.
 */
import { openStoredMutants } from '../harness/mutants/stored-mutants.js';
import { openStoredProperties } from '../harness/probe/properties/stored-properties.js';
import { UsageError } from '../harness/verdict/errors.js';
import { mutantsMarkdown } from './mutants-markdown.js';
import { mutantsPage } from './mutants-page.js';
import { propertiesMarkdown } from './properties-markdown.js';
import { propertiesPage } from './properties-page.js';
import { jsonText } from './words/json-text.js';

export interface OwnDocument {
  /** Who left it. */
  command: 'mutants' | 'properties';
  folder: string;
  /** The formats that it has, by the names that reports have. */
  forms: Readonly<Record<string, () => string>>;
}

/**
 * @param path a results folder, or a file that `--json` was written to
 * @returns null where no such document lies
 * @throws UsageError naming the file, the key, what was expected and what was found
 */
export function openOwnDocument(path: string): OwnDocument | null {
  const mutants = openStoredMutants(path);
  if (mutants) return documentOf('mutants', mutants, { html: mutantsPage, markdown: mutantsMarkdown });
  const properties = openStoredProperties(path);
  if (properties)
    return documentOf('properties', properties, { html: propertiesPage, markdown: propertiesMarkdown });
  return null;
}

function documentOf<Document>(
  command: OwnDocument['command'],
  { document, folder }: { document: Document; folder: string },
  { html, markdown }: Record<'html' | 'markdown', (document: Document) => string>,
): OwnDocument {
  return {
    command,
    folder,
    forms: {
      html: () => html(document),
      markdown: () => markdown(document),
      json: () => `${jsonText(document)}\n`,
    },
  };
}

/** @throws UsageError for a format that it has not */
export function formOf({ command, forms }: OwnDocument, format: string): string {
  const form = forms[format];
  if (form) return form();
  throw new UsageError(
    `--format: expected ${Object.keys(forms).join(', ')}, the formats of what ${command} left, got ${format}`,
  );
}

/** Its page lies where the command left it; its JSON beside the document, which stays. */
export function formFileName({ command }: OwnDocument, format: string): string {
  return { html: `${command}.html`, markdown: `${command}.md` }[format] ?? `report.${format}`;
}
