import { z } from 'zod';
import { bytes } from './values.js';

/** The container that setup, workload, server, clients and checker run in, where the place is `container`. */
export const container = z
  .strictObject({
    /** As for `docker run`; pulled where it is not there. */
    image: z.string().min(1).optional(),
    /** Instead of it: a folder with a Dockerfile, from the scenario's folder. */
    build: z.string().min(1).optional(),
    /** Where the disk is mounted in it; without it the volume that the image declares, else /data. */
    data: z.string().regex(/^\/./, 'expected an absolute path').optional(),
    /** none: but for its own loopback; own: one that the run makes. */
    network: z.enum(['none', 'own']).default('none'),
    /** What names the image's content, once it was settled. */
    id: z.string().optional(),
    /** Memory it may take, plugpull's own program in it (60 MiB) included; without it all there is. */
    memory: bytes.optional(),
  })
  .refine(
    ({ image, build }) => (image === undefined) !== (build === undefined),
    'expected one of image, build',
  );
export type Container = z.output<typeof container>;
