import type { BytePath } from '../syscalls/byte-path.js';
import type { Owner } from '../trace/attributes.js';
import type { Content } from './content.js';
import type { StoreDoubt, StoreSpan } from './store-span.js';

export type InodeKind = 'file' | 'directory' | 'symlink' | 'special';

/** A file, directory or link of the logical state. Names are entries of directories; an inode has none of its own. */
export interface Inode {
  readonly id: number;
  readonly kind: InodeKind;
  /** Permission bits. */
  mode: number;
  /** They are what the file really has; not so where the umask it was made under is not known. */
  modeKnown: boolean;
  /** null: not known, as of what a program made of which nobody knows whom it ran as. */
  owner: Owner | null;
  /** Extended attributes by name, undefined where the value is not known; null: it is not known which there are. */
  xattrs: Map<string, string | undefined> | null;
  /** What a file held when the recording began; null for one that began during it. */
  readonly initial: Content | null;
  /** What a file holds now. */
  content: Content;
  /** A directory's names now. */
  readonly entries: Map<BytePath, Inode>;
  /** A directory's names when the recording began. */
  initialEntries: ReadonlyMap<BytePath, Inode>;
  /** A symbolic link's target. */
  readonly target: BytePath | null;
  /** Its latest name, for wording. */
  place: { directory: Inode; name: BytePath } | null;
  /** What the kernel calls it, from the program's directory, in /proc/PID/fd: of one made without a name, whatever name it takes. */
  calledByKernel: BytePath | null;
  /** Why its contents cannot be judged, and since which position in the log; null while they can. */
  opaque: { reason: string; since: number } | null;
  /** A call that is not followed may have made durable what was in it; null: there was none. */
  perhapsSynced: { reason: string; since: number } | null;
  /** Shared mappings through which its bytes could be stored. */
  readonly spans: StoreSpan[];
  /** When and where nobody knows what was stored through them. */
  storeDoubts: StoreDoubt[];
  /** Open descriptions that may write to it. */
  writers: number;
}

/** Why not all that a file held at every moment is known; null when it is. */
export function doubtAboutBytes({ opaque, storeDoubts }: Inode): string | null {
  return opaque?.reason ?? storeDoubts[0]?.reason ?? null;
}

/** Path from the program's directory: `.` for that directory, the latest name for anything else. */
export function pathOf(inode: Inode): BytePath {
  if (!inode.place) return inode.id === 0 ? '.' : `(file without a name #${inode.id})`;
  const parts: BytePath[] = [];
  for (let current: Inode | null = inode; current?.place; current = current.place.directory) {
    parts.unshift(current.place.name);
    if (parts.length > 4096) break;
  }
  return parts.join('/');
}

/** The path a name in a directory has. */
export function entryPath(directory: Inode, name: BytePath): BytePath {
  const path = pathOf(directory);
  return path === '.' ? name : `${path}/${name}`;
}
