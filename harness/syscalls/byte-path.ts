/**
 * A path as the kernel sees it: bytes, held in a string of one character a byte (latin1), so that a name that
 * is not UTF-8 survives every map and comparison.
 */
export type BytePath = string;

/** Turns text, such as a path from a scenario file, into the bytes the kernel would see. */
export function toBytePath(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The path for people: UTF-8 where it is UTF-8, escapes where it is not. */
export function displayPath(path: BytePath): string {
  const bytes = Buffer.from(path, 'latin1');
  const text = bytes.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(bytes)) return text;
  return path.replace(
    /[^\x20-\x7e]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** The bytes Node's file functions take for a path. */
export function pathBytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}
