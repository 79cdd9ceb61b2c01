/**
 * A directory recovered in a guest, fetched before it is judged: what is owed is known, nothing has to be decided by
 * reading it, and one trip for all of it is faster than one for each path.
 */
import { constants } from 'node:os';
import type { Claim } from '../../harness/promise/claim.js';
import type { RecoveredEntry, RecoveredTree, WantedContent } from '../../harness/promise/recovered-tree.js';
import type { Xattrs } from '../../harness/trace/attributes.js';
import type { FileBytes } from '../../harness/trace/file-bytes.js';
import { type AgentClient, GuestError } from '../machine/agent-client.js';
import { contentOf, type SentContent } from '../machine/sent-content.js';

type FoundEntry = RecoveredEntry & { content: FileBytes | null; xattrs: Xattrs };
type Found = FoundEntry | GuestError;

export class FetchedTree implements RecoveredTree {
  private constructor(private readonly found: ReadonlyMap<string, Found>) {}

  /** All that the claims may ask for. */
  static async fetch(agent: AgentClient, root: string, claims: readonly Claim[]): Promise<FetchedTree> {
    const found = new Map<string, Found>();
    for (const path of new Set(claims.flatMap((claim) => claim.paths()))) {
      found.set(path, await fetchOne(agent, `${root}/${path}`));
    }
    return new FetchedTree(found);
  }

  look(path: string): RecoveredEntry {
    const { content: _, xattrs: __, ...entry } = this.#entry(path);
    return entry;
  }

  lookInto(
    path: string,
    { lengthBytes, whole }: WantedContent,
  ): RecoveredEntry & { content: FileBytes | null } {
    const { xattrs: _, ...entry } = this.#entry(path);
    if (entry.type === 'symlink') throw asLocalError('ELOOP', `${path} is a symbolic link`);
    const fits = whole ? entry.size === lengthBytes : entry.size >= lengthBytes;
    return { ...entry, content: fits ? (entry.content?.first(lengthBytes) ?? null) : null };
  }

  xattrs(path: string): Xattrs {
    return this.#entry(path).xattrs;
  }

  #entry(path: string): FoundEntry {
    const entry = this.found.get(path);
    if (!entry)
      throw new Error(`${path} was not fetched from the guest: a claim asks for more than its own paths`);
    if (entry instanceof GuestError) throw asLocalError(entry.code!, entry.message);
    return entry;
  }
}

async function fetchOne(agent: AgentClient, path: string): Promise<Found> {
  try {
    const entry = await agent.call<RecoveredEntry>('look', { path });
    const xattrs = await agent.call<Xattrs>('xattrs', { path });
    if (entry.type !== 'file') return { ...entry, xattrs, content: null };
    const read = await agent.call<RecoveredEntry & { content?: SentContent }>('look_into', {
      path,
      length: entry.size,
      whole: true,
    });
    return {
      ...entry,
      xattrs,
      content: read.content === undefined ? null : contentOf(read.content),
    };
  } catch (error) {
    if (error instanceof GuestError && error.code !== null) return error;
    throw error;
  }
}

/** As a system call of this machine would have failed. */
function asLocalError(code: string, message: string): NodeJS.ErrnoException {
  // A number that Node has no name for leaves the code to speak for itself.
  const errno = constants.errno[code as keyof typeof constants.errno] ?? 10_000;
  return Object.assign(new Error(message), { code, errno: -errno });
}
