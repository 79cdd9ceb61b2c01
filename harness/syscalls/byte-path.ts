/**
 * A path as the kernel sees it: bytes, held in a string of one character a byte (latin1), so that a name that
 * is not UTF-8 survives every map and comparison.
 */
export type BytePath = string;

/** Whether a path is a folder's own, or of something in it; both of one kind, bytes or text. */
export function isAtOrBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Whether one of two paths is at or below the other. */
export function isNear(one: string, other: string): boolean {
  return isAtOrBelow(one, other) || isAtOrBelow(other, one);
}

/** What a byte that is no part of a UTF-8 character is in text: a lone surrogate, U+DC80 to U+DCFF (PEP 383). */
const strayByte = /(?<![\ud800-\udbff])[\udc80-\udcff]/g;
const firstStray = 0xdc00;

/** Turns text, such as a path from a scenario file or a trace, into the bytes the kernel would see. */
export function toBytePath(text: string): BytePath {
  let bytes = '';
  let from = 0;
  for (const { index, 0: stray } of text.matchAll(strayByte)) {
    bytes += Buffer.from(text.slice(from, index), 'utf8').toString('latin1');
    bytes += String.fromCharCode(stray.charCodeAt(0) - firstStray);
    from = index + 1;
  }
  return bytes + Buffer.from(text.slice(from), 'utf8').toString('latin1');
}

/**
 * A path of the kernel's as text that `toBytePath` turns back, whatever its bytes: those that are not UTF-8 become lone
 * surrogates, as Python has it (PEP 383), whose agent writes the same trees in guests.
 */
export function pathText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes('\ufffd') || Buffer.from(text, 'utf8').equals(bytes)) return text;
  let kept = '';
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    kept +=
      length > 0 ? bytes.toString('utf8', at, at + length) : String.fromCharCode(firstStray + bytes[at]!);
    at += Math.max(1, length);
  }
  return kept;
}

/** Bytes of the UTF-8 character that begins here; 0 when none does. */
function characterLength(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    const character = bytes.subarray(at, at + length);
    if (Buffer.from(character.toString('utf8'), 'utf8').equals(character)) return length;
  }
  return 0;
}

/** Text that holds paths, for people: stray bytes as escapes. */
export function displayText(text: string): string {
  return text.replace(strayByte, (stray) => `\\x${(stray.charCodeAt(0) - firstStray).toString(16)}`);
}

/** Where Node's file functions find what text names below a folder; bytes only where text would not do. */
export function onDisk(folder: string, path: string): string | Buffer {
  const full = path === '' ? folder : `${folder}/${path}`;
  return full.search(strayByte) < 0 ? full : pathBytes(toBytePath(full));
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
