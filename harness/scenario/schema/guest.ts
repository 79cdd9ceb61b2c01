import { z } from 'zod';
import { bytes } from './values.js';

/** What is no container image: the host's own files (User-mode Linux), the guests' own root; or the first that goes. */
export const ownRoots = ['auto', 'host', 'debian'] as const;

/**
 * Whose kernel recovers crash states: the host's, where there is root; that of the guest it was recorded in; User-mode
 * Linux, as an ordinary process. `auto` takes the host's if it can, else what needs no root.
 */
export const recoverers = ['auto', 'host', 'guest', 'uml'] as const;

/** The guest machine of a scenario whose place is `vm`. */
export const guest = z.strictObject({
  /** Kernels to run on, one after the other: uml, cloud, generic, each with or without @RELEASE, or the path of a bzImage. */
  kernel: z
    .union([z.array(z.string()).min(1), z.string()])
    .default('cloud')
    .transform((value) => [value].flat()),
  /** Where the modules of a bzImage are: a folder, or none. */
  modules: z.string().optional(),
  /**
   * What workload, setup and checker see as /: host (with User-mode Linux, and then the default), debian, or a container
   * image that docker or podman hands out.
   */
  root: z.string().min(1).default('auto'),
  /** Memory of the machine. */
  memory: bytes.prefault('512MiB'),
  /** kvm, or emulation (tcg). */
  accelerator: z.enum(['auto', 'kvm', 'tcg']).default('auto'),
  /** User-mode Linux's checksum: by the processor's own instruction, or as Debian built it. */
  crc32c: z.enum(['fast', 'original']).default('fast'),
  /** As the scenario's own key of this name, which it goes before. */
  recover: z.enum(recoverers).default('auto'),
  /** Folders and files of the host that programs in the guest find at the same place; relative to the scenario's folder. */
  files: z.array(z.string()).default([]),
});
export type Guest = z.output<typeof guest>;
