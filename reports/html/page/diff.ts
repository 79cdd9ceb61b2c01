import { visible } from '../../words/visible.js';

export function bytesOf({ data }: { data: string }): Uint8Array {
  return Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
}

/** Lines as text, nothing invisible in them, each marked when it stands at no place of the other's lines in order. */
export function markedLines(
  bytes: Uint8Array,
  other: Uint8Array | null,
): { text: string; differs: boolean }[] {
  const lines = linesOf(bytes);
  if (other === null) return lines.map((text) => ({ text, differs: false }));
  const common = inCommon(lines, linesOf(other));
  return lines.map((text, i) => ({ text, differs: !common.has(i) }));
}

function linesOf(bytes: Uint8Array): string[] {
  const text = new TextDecoder().decode(bytes);
  if (text === '') return [];
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  // Long runs of one byte, most of all zeros, say what they are.
  return lines.map((line) =>
    visible(line.replaceAll(/(.)\1{15,}/gsu, (run, character: string) => `${character} ×${run.length}`)),
  );
}

/** Positions in `a` of a longest common subsequence with `b`; both are a few hundred lines at most. */
function inCommon(a: readonly string[], b: readonly string[]): Set<number> {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i]![j] =
        a[i] === b[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  const common = new Set<number>();
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      common.add(i);
      i++;
      j++;
    } else if (lengths[i + 1]![j]! >= lengths[i]![j + 1]!) i++;
    else j++;
  }
  return common;
}

export interface HexRow {
  offset: string;
  cells: { hex: string; differs: boolean }[];
  text: string;
}

/** Sixteen bytes a row; a byte differs from the other's at the same place, or from its end. */
export function hexRows(bytes: Uint8Array, other: Uint8Array | null, from: number): HexRow[] {
  const rows: HexRow[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    rows.push({
      offset: (from + at).toString(16).padStart(6, '0'),
      cells: row.map((byte, i) => ({
        hex: byte.toString(16).padStart(2, '0'),
        differs: other !== null && other[at + i] !== byte,
      })),
      text: row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join(''),
    });
  }
  return rows;
}
