import type { Storage } from '../../../harness/scenario/schema/storage.js';

/** What a guest that shows a crash state is to do. */
export interface ShowJob {
  storage: Pick<Storage, 'fs' | 'mount' | 'layers'>;
  /** Where the crash state is mounted. */
  at: string;
  /** For /bin/sh, there. */
  command: string;
  environment: Record<string, string>;
  /** Folders of the host's that the guest would not see. */
  folders: string[];
  /** The command has a person's terminal, of this size; null when what it prints goes to files. */
  terminal: { columns: number; rows: number } | null;
}

export type ShowEnd = { exitCode: number } | { doesNotMount: string } | { fault: string };

/** In the folder that host and guest share. */
export const showFiles = {
  job: 'job.json',
  state: 'state.json',
  output: 'output',
  errors: 'errors',
  end: 'end.json',
} as const;
