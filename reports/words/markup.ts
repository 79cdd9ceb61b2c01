import { visible } from './visible.js';

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text for HTML and XML, in an element or in a quoted attribute. Control characters, most of which XML 1.0 cannot even
 * refer to, are written as escapes; `]]>` is harmless because its bracket is.
 */
export function markup(text: string): string {
  return visible(text).replaceAll(/[&<>"']/g, (character) => entities[character]!);
}

/** Text for Markdown, in a table cell too: nothing in it is formatted, linked or mentioned. */
export function markdown(text: string): string {
  return visible(text).replaceAll(
    /[^\p{L}\p{N} ,;:/=%?.'"()-]/gu,
    (character) => `&#${character.codePointAt(0)};`,
  );
}

/** The same as code: mentions and issue numbers are looked for outside of code only. */
export function markdownCode(text: string): string {
  return `<code>${markdown(text)}</code>`;
}
