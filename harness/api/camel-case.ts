/** `exit_codes` as a TypeScript program writes it: `exitCodes`. */
type CamelWord<Word extends string> = Word extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelWord<Tail>>}`
  : Word;

/** A type with every key in camelCase, however deep. */
export type CamelCased<T> = T extends readonly (infer Item)[]
  ? CamelCased<Item>[]
  : T extends object
    ? { [Key in keyof T as Key extends string ? CamelWord<Key> : Key]: CamelCased<T[Key]> }
    : T;

export function camelWord(word: string): string {
  return word.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Keys below which names are the user's own, and stay as they are. */
const ownNames = new Set(['env', 'observed']);

/** The scenario's keys again: `exitCodes` becomes `exit_codes`. */
export function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      ownNames.has(key) ? inner : snakeCased(inner),
    ]),
  );
}
