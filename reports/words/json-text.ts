import { invisible } from './visible.js';

/** JSON of exactly this value, in which nothing acts on a terminal either: what cannot be seen is written as an escape. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll(invisible, (character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
