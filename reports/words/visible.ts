/**
 * Text of a workload (file names, acks, what a checker printed) as a reader may see it. It can hold anything: escape
 * sequences that rewrite a terminal, newlines that forge a line, marks that turn the direction of what follows.
 */

// C0, DEL and C1; soft hyphen and zero-width characters; line separators; direction marks; the byte-order mark; tags;
// halves of surrogate pairs, which no encoding has.
export const invisible =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\uffff\u{e0000}-\u{e0fff}]/gu;

const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' };

/** One line, in which nothing acts: what cannot be seen is written as an escape. */
export function visible(text: string): string {
  return text.replaceAll(invisible, escaped);
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  return (
    short[character] ??
    (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`)
  );
}

/** A piece of text for a message that has to stay short. */
export function clipped(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 3).join('')}...`;
}
