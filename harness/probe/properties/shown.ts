/** A directory tree as properties ask about it: what there is at a path, and in which bytes files differ. */
import type { FoundTree } from '../../promise/owed.js';
import { letterOf } from '../workload/bytes.js';

/** Runs of bytes told for people. */
const mostParts = 4;
const sectorBytes = 512;

export class Shown {
  /** @param writers the workload's operations, setup included, as they are printed: by the bytes of each it is known */
  constructor(
    private readonly tree: FoundTree,
    private readonly writers: readonly string[],
  ) {}

  /** All names, and what is there. Equal for trees that nobody can tell apart by names and bytes. */
  get whole(): string {
    return [...this.tree.nodes.keys()]
      .filter((path) => path !== '')
      .sort()
      .map((path) => `${path} ${this.at(path)}`)
      .join('\n');
  }

  has(path: string): boolean {
    return this.tree.nodes.has(path);
  }

  /** Equal for what is equal: nothing, a kind of thing, a file with its bytes. */
  at(path: string): string {
    const error = this.tree.unreadable.get(path);
    if (error !== undefined) return error;
    const node = this.tree.nodes.get(path);
    if (!node) return 'nothing';
    if (node.kind === 'symlink') return `symlink ${node.target}`;
    return node.kind === 'file' ? `file ${this.bytes(path).toString('base64')}` : node.kind;
  }

  /** Of a file; empty where there is none that can be read. */
  bytes(path: string): Buffer {
    return this.tree.nodes.get(path)?.content?.bytes() ?? Buffer.alloc(0);
  }

  /** For people: `a (8192 bytes: 4096 of write a 0 4096, 4096 zeros)`. */
  describe(path: string): string {
    const error = this.tree.unreadable.get(path);
    if (error !== undefined) return `${path} (${error})`;
    const node = this.tree.nodes.get(path);
    if (!node) return `no ${path}`;
    if (node.kind !== 'file') return `${path} (a ${node.kind})`;
    const bytes = this.bytes(path);
    return bytes.length === 0
      ? `${path} (empty)`
      : `${path} (${bytes.length} bytes: ${partsOf(bytes, this.writers)})`;
  }

  /** All of it, for people. */
  get told(): string {
    const paths = [...this.tree.nodes.keys()].filter((path) => path !== '');
    return paths.length === 0 ? 'nothing' : paths.map((path) => this.describe(path)).join(', ');
  }
}

/** What each operation wrote bears its letter; runs of one. */
function partsOf(bytes: Buffer, writers: readonly string[]): string {
  const parts: { what: string; length: number }[] = [];
  for (let at = 0; at < bytes.length; at += sectorBytes) {
    const sector = bytes.subarray(at, Math.min(at + sectorBytes, bytes.length));
    const what = originOf(sector.at(-1)!, writers);
    const last = parts.at(-1);
    if (last?.what === what) last.length += sector.length;
    else parts.push({ what, length: sector.length });
  }
  const shown = parts.slice(0, mostParts).map(({ what, length }) => `${length} ${what}`);
  return parts.length > mostParts ? `${shown.join(', ')} ...` : shown.join(', ');
}

function originOf(byte: number, writers: readonly string[]): string {
  if (byte === 0) return 'zeros';
  const line = writers.findIndex((_, nth) => letterOf(nth) === byte);
  if (line < 0) return 'that nobody wrote';
  const alike = writers.flatMap((text, nth) => (text === writers[line] ? [nth] : []));
  const which = alike.length === 1 ? '' : alike[0] === line ? 'the first ' : 'the second ';
  return `of ${which}${writers[line]}`;
}
