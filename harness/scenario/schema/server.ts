import { z } from 'zod';
import { duration, pattern, user } from './values.js';

const signals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL'] as const;

/** How it is known that a server can be asked. */
const ready = z
  .strictObject({
    /** It has printed a line that matches this regular expression. */
    log: pattern.optional(),
    /** It listens on this TCP port of 127.0.0.1; own: on $PLUGPULL_PORT. */
    port: z.union([z.number().int().min(1).max(65_535), z.literal('own')]).optional(),
    /** This command ends with 0. */
    command: z.string().optional(),
  })
  .refine((ways) => Object.keys(ways).length === 1, 'expected one of log, port, command');

/**
 * A server that the workload's clients talk to, and the checker. It is started in the workload's directory, and again in
 * each recovered one. $PLUGPULL_PORT is a port and $PLUGPULL_SOCKET a path for a socket that no other one uses.
 */
export const server = z.strictObject({
  /** For /bin/sh; it stays in the foreground. In a container it may be left out: the image's own command then. */
  run: z.string().default(''),
  /** Whom it runs as; else as the workload. */
  user: user.optional(),
  ready,
  /** Started once before the recording, until it is ready, and stopped: what its first start makes is durable. */
  initialise: z.boolean().default(false),
  /** The signal that asks it to stop. */
  stop: z.enum(signals).default('SIGTERM'),
  /** How long it may take until it is ready. */
  timeout: duration.prefault('30s'),
});
export type Server = z.output<typeof server>;

export const client = z.strictObject({
  /** For /bin/sh; what it prints can be acks. */
  run: z.string(),
  /** How many of it run at once; $PLUGPULL_CLIENT numbers them from 0. */
  count: z.number().int().min(1).max(256).default(1),
});
