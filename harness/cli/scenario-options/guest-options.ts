import { resolve } from 'node:path';
import { type KeyOptions, listOf, repeatable } from './key-option.js';

/** The guest machine. */
export const guestOptions = {
  kernel: {
    ...repeatable,
    describe:
      "guests' kernels, separated by commas, one run each: uml (User-mode Linux: no emulation), cloud, generic, each with or without @RELEASE, or a bzImage",
    key: 'vm.kernel',
    read: listOf,
  },
  'vm-modules': {
    type: 'string',
    alias: 'modules',
    describe: 'where the modules of a bzImage are: a folder, or none',
    key: 'vm.modules',
  },
  root: {
    type: 'string',
    describe:
      'what workload and checker see as / in a guest: host (with uml, and its default), debian, or a container image such as python:3.12-slim',
    key: 'vm.root',
  },
  'vm-memory': { type: 'string', describe: "a guest's memory, such as 512MiB", key: 'vm.memory' },
  'vm-accelerator': { type: 'string', describe: 'auto, kvm or tcg (emulation)', key: 'vm.accelerator' },
  'vm-crc32c': {
    type: 'string',
    describe: "User-mode Linux's crc32c: fast (the processor's instruction), or original",
    key: 'vm.crc32c',
  },
  'vm-recover': { type: 'string', describe: 'as --recover, for guests only', key: 'vm.recover' },
  'vm-files': {
    ...repeatable,
    describe: 'files and folders that programs in a guest find at the same place',
    key: 'vm.files',
    read: (paths: readonly string[]) => paths.map((path) => resolve(path)),
  },
} as const satisfies KeyOptions;
