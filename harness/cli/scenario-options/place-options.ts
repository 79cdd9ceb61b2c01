import { resolve } from 'node:path';
import type { KeyOptions } from './key-option.js';

/** Where it runs and recovers: on the host, in a container, in a guest. */
export const placeOptions = {
  place: {
    type: 'string',
    describe:
      'where the workload runs: auto (the host where there are root and devices, else User-mode Linux), host, container, or vm',
    key: 'place',
  },
  image: {
    type: 'string',
    describe: 'container image of setup, workload, server and checker (place: container)',
    key: 'container.image',
  },
  'image-build': {
    type: 'string',
    describe: 'instead of it: a folder with a Dockerfile',
    key: 'container.build',
    read: (folder: string) => resolve(folder),
  },
  'container-data': {
    type: 'string',
    describe: "where the disk is mounted in the container; without it the image's volume, else /data",
    key: 'container.data',
  },
  'container-network': {
    type: 'string',
    describe: "none, or own: a network of the run's own",
    key: 'container.network',
  },
  'container-memory': {
    type: 'string',
    describe: 'memory of the container, such as 512MiB',
    key: 'container.memory',
  },
  recover: {
    type: 'string',
    describe: 'whose kernel recovers crash states: auto, host, guest (the one it ran in) or uml (no root)',
    key: 'recover',
  },
} as const satisfies KeyOptions;
