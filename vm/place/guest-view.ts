import type { Looked } from '../../harness/capture/place.js';
import type { Extent, TreeEntry } from '../../harness/trace/events.js';
import type { PayloadWriter } from '../../harness/trace/payload.js';
import type { AgentClient } from '../machine/agent-client.js';
import { contentOf, type SentContent } from '../machine/sent-content.js';

/** What the agent's `snapshot` answers: the host's own form, but that contents are as the agent sends them. */
type GuestLooked = Omit<Looked, 'changed'> & {
  changed: (Omit<TreeEntry, 'content'> & { content?: SentContent })[];
};

/** Reading all that changed takes long where machines are emulated. */
const lookLimitMs = 300_000;

/** The workload's directory in a guest, looked at through a read-only view. */
export class GuestView {
  constructor(
    private readonly agent: AgentClient,
    private readonly payload: PayloadWriter,
    /** Whether where files lie on the file system's device is where they lie on the disk. */
    private readonly showsPlaces: boolean,
  ) {}

  async look(): Promise<Looked> {
    const looked = await this.agent.call<GuestLooked>('snapshot', {}, { timeoutMs: lookLimitMs });
    return {
      ...looked,
      extents: this.showsPlaces ? looked.extents : {},
      changed: looked.changed.map(({ content, ...entry }) =>
        content === undefined ? entry : { ...entry, content: this.payload.add(contentOf(content)) },
      ),
    };
  }

  async allExtents(): Promise<Record<string, Extent[]>> {
    if (!this.showsPlaces) return {};
    return this.agent.call('all_extents', {}, { timeoutMs: lookLimitMs });
  }
}
