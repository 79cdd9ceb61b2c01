import type { Server } from '../scenario/schema.js';

/** What the attending program is told, as JSON on its command line. Commands are for /bin/sh. */
export type Attendance =
  | {
      server: Server;
      /** Run at once when the server is ready; their end is the workload's. */
      clients: string[];
    }
  | {
      server: Server;
      /** Judges the directory the server was started in. */
      check: { run: string; timeout: number };
    };
