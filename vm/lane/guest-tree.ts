import type { RecoveredEntry, RecoveredTree, WantedContent } from '../../harness/promise/recovered-tree.js';
import type { Xattrs } from '../../harness/trace/attributes.js';
import type { FileBytes } from '../../harness/trace/file-bytes.js';
import { contentOf, type SentContent } from '../machine/sent-content.js';
import type { SyncAgent } from './sync-agent.js';

/** A directory in a guest. */
export class GuestTree implements RecoveredTree {
  constructor(
    private readonly agent: SyncAgent,
    private readonly root: string,
  ) {}

  look(path: string): RecoveredEntry {
    return this.agent.call('look', { path: `${this.root}/${path}` });
  }

  lookInto(
    path: string,
    { lengthBytes, whole }: WantedContent,
  ): RecoveredEntry & { content: FileBytes | null } {
    const found = this.agent.call<RecoveredEntry & { content?: SentContent }>('look_into', {
      path: `${this.root}/${path}`,
      length: lengthBytes,
      whole,
    });
    const { content, ...entry } = found;
    return { ...entry, content: content === undefined ? null : contentOf(content) };
  }

  xattrs(path: string): Xattrs {
    return this.agent.call('xattrs', { path: `${this.root}/${path}` });
  }
}
