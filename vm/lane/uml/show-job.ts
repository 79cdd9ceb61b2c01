import type { Storage } from '../../../harness/scenario/schema.js';

/** What a guest that shows a crash state is to do. */
export interface ShowJob {
  storage: Pick<Storage, 'fs' | 'mount'>;
  command: string;
  environment: Record<string, string>;
  /** Folders of the host's that the guest would not see. */
  folders: string[];
}

export type ShowEnd = { exitCode: number } | { doesNotMount: string } | { fault: string };

/** In the folder that host and guest share. */
export const showFiles = { job: 'job.json', output: 'output', errors: 'errors', end: 'end.json' } as const;
