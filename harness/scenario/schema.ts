import { z } from 'zod';
import { layers } from './layers.js';

/**
 * The scenario file's schema (YAML), and the types the rest of plugpull takes from it. Defaults live here and
 * nowhere else, so that a scenario without a key and a command line without an option mean the same.
 */

const bytes = z.union([z.number().int().positive(), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value;
  const match = /^(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB|K|M|G)?$/.exec(value.trim());
  if (!match || Number(match[1]) === 0) {
    context.addIssue({ code: 'custom', message: 'expected a size such as 64MiB' });
    return z.NEVER;
  }
  const unit = { B: 1, K: 1024, KiB: 1024, M: 1024 ** 2, MiB: 1024 ** 2, G: 1024 ** 3, GiB: 1024 ** 3 };
  return Math.round(Number(match[1]) * unit[(match[2] ?? 'B') as keyof typeof unit]);
});

const duration = z.union([z.number().nonnegative(), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value * 1000;
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)$/.exec(value.trim());
  if (!match) {
    context.addIssue({ code: 'custom', message: 'expected a duration such as 30s' });
    return z.NEVER;
  }
  const unit = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };
  return Number(match[1]) * unit[match[2] as keyof typeof unit];
});

const outcome = z.enum(['pass', 'violation', 'unknown']);

const pattern = z.string().refine((text) => {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}, 'expected a regular expression');

/** When the simulated power is cut while the workload is still running. */
const cut = z.strictObject({
  /** Cut just before the n-th operation of this kind (counted from the start of the recording, from 1). */
  operation: z.enum(['read', 'write', 'flush', 'discard', 'any']).optional(),
  /** The n of that. */
  n: z.number().int().positive().optional(),
  /** Cut right after the k-th ack. */
  ack: z.number().int().positive().optional(),
  /** Of the acks that match this regular expression; without `ack` the first of them. */
  matching: pattern.optional(),
  /** Cut this long after the recording started. */
  after: duration.optional(),
  /** Cut when the server has printed a line that matches this regular expression. */
  log: pattern.optional(),
  /** What later writes meet: an I/O error, or silence. */
  later_writes: z.enum(['fail', 'vanish']).default('fail'),
});

const fault = z.strictObject({
  /** Operations of this kind fail. */
  operation: z.enum(['read', 'write', 'flush']),
  /** Which operation of that kind fails, counted from 1 at the start of the recording. */
  n: z.number().int().positive(),
  /** How many in a row. */
  count: z.number().int().positive().default(1),
  /** What they fail with. */
  error: z.enum(['EIO', 'ENOSPC']).default('EIO'),
});

export const buses = ['virtio', 'nvme', 'scsi'] as const;
export type Bus = (typeof buses)[number];

/** How the disk behaves. The default is an honest disk with a volatile write cache. */
export const diskBehaviour = z.strictObject({
  /** volatile: writes may be lost until a flush; through: none are; lying: flushes are acknowledged and keep nothing. */
  cache: z.enum(['volatile', 'through', 'lying']).default('volatile'),
  /** Bytes the disk writes or loses as one: what a file system trusts in, which writes its superblock in place. */
  atomic_unit: z.union([z.literal(512), z.literal(4096)]).default(4096),
  /** Writes that are durable when they return (force unit access). */
  fua: z.boolean().default(true),
  /** What a discarded range reads as once the discard is durable: zeros, or what it held before. */
  discard: z.enum(['zeros', 'ignored', 'unsupported']).default('zeros'),
  /** The disk can be told to write zeros. */
  write_zeroes: z.boolean().default(true),
  /** How a guest sees the disk. virtio has no FUA: its driver sends a flush instead. On the host it is a loop device. */
  bus: z.enum(buses).default('virtio'),
  /** Operations that fail. */
  faults: z.array(fault).default([]),
  /** Cut the power while the workload runs, instead of trying every instant. */
  cut: cut.optional(),
});
export type DiskBehaviour = z.output<typeof diskBehaviour>;

export const fileSystems = ['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'f2fs'] as const;
export type FileSystem = (typeof fileSystems)[number];

/**
 * How power is lost. `disk`: our disk records, every crash state is explored. The others need a guest: the kernel's
 * own dm-log-writes records, or a machine really loses its power (`power`) or its writes (`dm-flakey`), in rounds.
 */
export const methods = ['disk', 'dm-log-writes', 'dm-flakey', 'power'] as const;

const words = z.union([
  z.array(z.string()),
  z.string().transform((text) => text.split(/\s+/).filter(Boolean)),
]);

export const storage = z.strictObject({
  /** The file system; f2fs needs a guest. */
  fs: z.enum(fileSystems).default('ext4'),
  /** Disk size in bytes; without it the smallest comfortable size for the file system. */
  size: bytes.optional(),
  /** Extra options for mkfs. */
  mkfs: words.default([]),
  /** Mount options, as after `mount -o`. */
  mount: z
    .union([z.array(z.string()), z.string().transform((text) => text.split(',').filter(Boolean))])
    .default([]),
  /** How the disk behaves. */
  disk: diskBehaviour.prefault({}),
  /**
   * What lies between disk and programs, besides the file system, from the disk up: dm-crypt, loop below the file
   * system; overlay, overlay:volatile, bind, or {kind: fuse, command: ...} above it.
   */
  layers,
  /** How power is lost: by our disk, by the kernel's dm-log-writes, or for real. */
  method: z.enum(methods).default('disk'),
});
export type Storage = z.output<typeof storage>;

export const promise = z.strictObject({
  /** Everything the program could see in its directory at an ack survives: names, content, mode, owner and extended attributes, not times. */
  snapshot: z.boolean().default(false),
  /** Only these files (relative paths or globs) as they were at an ack. */
  files: z.array(z.string()).default([]),
  /** A whole version, the first or any later one, at every instant, acked or not. */
  atomic: z.array(z.string()).default([]),
  /** Of these names, one that was gone at an ack stays gone unless the program made it again. */
  gone: z.array(z.string()).default([]),
  /** These names, and what is below them, count for nothing. */
  ignore: z.array(z.string()).default([]),
  /**
   * What the sync calls that returned owe, no ack needed: the storage's promise to its programs. `posix` (or true): what
   * the texts owe. `linux`: what the kernel's own tests ask for, too, told apart.
   */
  owed: z
    .union([z.boolean(), z.enum(['posix', 'linux'])], { error: 'expected true, posix or linux' })
    .transform((value) => (value === true ? 'posix' : value === false ? undefined : value))
    .optional(),
});
export type Promise_ = z.output<typeof promise>;

export const checker = z.strictObject({
  /** For /bin/sh: exit code 0 the promises hold, 1 they do not, anything else unknown. */
  run: z.string(),
  /** Started once; one JSON line a crash state each way. */
  persistent: z.boolean().default(false),
  /** Time limit of one check. */
  timeout: duration.default(30_000),
});
export type Checker = z.output<typeof checker>;

export const explore = z.strictObject({
  /** What is lost as one. torn: whole writes, and then each larger than the atomic unit torn by itself; block and sector: every piece decided alone. */
  granularity: z.enum(['torn', 'write', 'block', 'sector']).default('torn'),
  /** Limits of the search. */
  budget: z
    .strictObject({
      /** Recoveries in all; without it 20,000, or more where every crash point's least needs more. */
      recoveries: z.number().int().positive().optional(),
      /** Recoveries at one crash point. */
      recoveries_per_crash_point: z.number().int().positive().optional(),
      /**
       * Crash directories that the contract engine shows a checker. Without it, at each crash point the least that a
       * pass needs, and up to 300 in all.
       */
      directories: z.number().int().positive().optional(),
      /** Time for all of it once the workload was recorded, explaining and repairs too; what was not looked at then makes the run unknown. */
      time: duration.optional(),
    })
    .prefault({}),
  /** What a pass must rest on: each prefix and each single omission at every crash point, or every crash state. */
  require: z.enum(['systematic', 'exhaustive']).default('systematic'),
  /** Seed of everything random. */
  seed: z.number().int().default(1),
  /** Check the recovered file system with the file system's own fsck: never, or after every recovery. */
  fsck: z.enum(['never', 'after']).default('never'),
  /** Crash recovery's own writes again, one level. */
  nested: z.boolean().default(false),
  /** Random full subsets recovered eagerly to check the lazy verdicts. */
  audit: z.number().int().nonnegative().default(8),
  /** Distinct findings after which exploration of this run may stop refining; the verdict is unaffected. */
  max_findings: z.number().int().positive().default(10),
});
export type Explore = z.output<typeof explore>;

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
  memory: bytes.default(512 * 1024 ** 2),
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

/**
 * What dm-flakey can be told to do; the later two since Linux 6.5
 * (Documentation/admin-guide/device-mapper/dm-flakey.rst).
 */
export const flakeyFeatures = ['drop_writes', 'error_writes', 'error_reads', 'random_write_corrupt'] as const;
export type FlakeyFeature = (typeof flakeyFeatures)[number];

/** When a round loses its power, as for `storage.disk.cut`. */
const liveCut = cut
  .omit({ later_writes: true })
  .refine(
    ({ operation, ack, matching, after, log }) =>
      [operation, ack ?? matching, after, log].filter((way) => way !== undefined).length === 1,
    'expected one of operation, ack (or matching), after, log',
  );
export type LiveCut = z.output<typeof liveCut>;

/** What becomes of the writes in the disk's cache when power is lost. */
export const losses = ['all', 'none', 'some', 'torn'] as const;
export type Loss = (typeof losses)[number];

/** Rounds in which power is really lost. */
export const live = z.strictObject({
  /** How often power is lost. */
  rounds: z.number().int().positive().default(20),
  /** No further round is begun after this time. */
  time: duration.optional(),
  /** Where `time` is over sooner, how many rounds a pass must rest on, else it is unknown; without it all. */
  min_rounds: z.number().int().positive().optional(),
  /**
   * When power is lost in each round after the first, which lets the workload end: at these moments in turn. auto: right
   * after an ack, just before a flush completes, or at any time, as the seed has it.
   */
  cut: z
    .union([z.literal('auto'), liveCut, z.array(liveCut).min(1)])
    .default('auto')
    .transform((value) => (value === 'auto' ? [] : [value].flat())),
  /**
   * What is lost of the disk's cache, in each round in turn: all, none, some (each write by chance), or torn (some, and of
   * one write that is larger than the disk's atomic unit a part). auto: all, none, and then as the seed has it.
   */
  lose: z
    .union([z.literal('auto'), z.enum(losses), z.array(z.enum(losses)).min(1)])
    .default('auto')
    .transform((value) => (value === 'auto' ? [] : [value].flat())),
  /** What a round begins on: fresh, survivor (what the last round left), or mixed. auto: mixed in a guest, else fresh. */
  begin: z.enum(['auto', 'fresh', 'survivor', 'mixed']).default('auto'),
  /** What dm-flakey does from the moment of the cut: one thing with writes, and perhaps `error_reads`. */
  flakey: z
    .union([z.enum(flakeyFeatures), z.array(z.enum(flakeyFeatures))])
    .default('drop_writes')
    .transform((value) => [value].flat())
    .refine((features) => features.filter((feature) => feature !== 'error_reads').length === 1, {
      error:
        'expected one of drop_writes, error_writes, random_write_corrupt (the target takes one of them; error_reads alone loses nothing)',
    })
    .refine((features) => new Set(features).size === features.length, {
      error: 'expected each feature once',
    }),
});
export type Live = z.output<typeof live>;

/** A name in /etc/passwd. */
const user = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, 'expected the name of a user');

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
  timeout: duration.default(30_000),
});
export type Server = z.output<typeof server>;

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

const client = z.strictObject({
  /** For /bin/sh; what it prints can be acks. */
  run: z.string(),
  /** How many of it run at once; $PLUGPULL_CLIENT numbers them from 0. */
  count: z.number().int().min(1).max(256).default(1),
});

export const engines = ['contract', 'replay', 'live'] as const;
export const places = ['auto', 'host', 'container', 'vm'] as const;

export const scenario = z
  .strictObject({
    /** Letters, digits, dot, dash and underscore. */
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'expected letters, digits, dot, dash and underscore'),
    /** For people. */
    description: z.string().optional(),
    /** The program under test. */
    workload: z
      .strictObject({
        /** Run before the recording starts; what it leaves is durable. */
        setup: z.string().optional(),
        /** For /bin/sh, in the root of a fresh disk; $SCENARIO is the folder of this file. With `clients` it may be left out. */
        run: z.string().default(''),
        /** Whom setup, workload, clients and checker run as; the directory is theirs. Needs root. */
        user: user.optional(),
        /** Time limit. */
        timeout: duration.default(60_000),
        /** More variables for the workload and the checker. */
        env: z.record(z.string(), z.string()).default({}),
        /** Exit codes that mean the workload did its work. */
        exit_codes: z.array(z.number().int()).default([0]),
        /** Standard output is a terminal: programs print each line, and each ack, when it ends instead of keeping it. */
        terminal: z.boolean().default(false),
      })
      .prefault({}),
    server: server.optional(),
    /** Programs that talk to the server, all at once; the run is over when they have ended. */
    clients: z.array(client).default([]),
    /** How the program says that something is safe: by the socket PLUGPULL_ACK, or by what it prints. */
    ack: z
      .strictObject({
        /** A line on standard output that matches this regular expression is an ack. */
        stdout: pattern.optional(),
      })
      .prefault({}),
    /** What an ack promises; snapshot, where there is neither this nor a checker. */
    promise: promise.optional(),
    /** A program that judges recovered directories. */
    checker: checker.optional(),
    /** File systems with their disks; each is a run of its own. */
    storage: z
      .array(storage)
      .min(1)
      .default(() => [storage.parse({})]),
    /** Persistence models to judge the system calls by. */
    models: z.array(z.string()).default(['posix']),
    /** How crash states are searched. */
    explore: explore.prefault({}),
    /** auto: the host where there are root and the devices, else vm with User-mode Linux. */
    place: z.enum(places).default('auto'),
    container: container.optional(),
    /** Where crash states recover: on this host, in the scenario's guest, or in User-mode Linux; auto: the host where it can. */
    recover: z.enum(recoverers).default('auto'),
    vm: guest.prefault({}),
    live: live.prefault({}),
    /** Which engines judge; without it all that can. contract: system calls; replay: crash states; live: power is really lost. */
    engine: z.array(z.enum(engines)).optional(),
    /**
     * Recordings made, each under another schedule of write-back. `auto`: one, and further ones, a kind of schedule each,
     * as long as the contract has a violation that none of them shows.
     */
    recordings: z
      .union([z.literal('auto'), z.number().int().positive().max(16)], {
        error: 'expected auto or a number from 1 to 16',
      })
      .default('auto'),
    /** What is to come out; decides the exit code. */
    expect: z
      .strictObject({
        /** By the contract engine. */
        contract: outcome.optional(),
        /** On the storages: one outcome, or one by the name of each. */
        observed: z.union([outcome, z.record(z.string(), outcome)]).optional(),
      })
      .optional(),
  })
  .superRefine(({ workload, server, clients, checker, place, vm, container }, context) => {
    const refuse = (message: string, ...path: string[]): void =>
      context.addIssue({ code: 'custom', message, path });
    if (workload.run === '' && clients.length === 0) refuse('expected a command', 'workload', 'run');
    if (server?.run === '' && place !== 'container')
      refuse("expected a command: only a container's image has one", 'server', 'run');
    if (place === 'container' && !container)
      refuse('expected the image that the programs run in', 'container', 'image');
    if (place === 'container' && checker?.persistent)
      refuse('expected false in a container, which is started anew for each state', 'checker', 'persistent');
    if (clients.length > 0 && !server) refuse('expected a server that they talk to', 'server');
    if (server && checker?.persistent)
      refuse('expected false with a server, which is started anew for each state', 'checker', 'persistent');
    const foreign =
      vm.kernel.some((kernel) => !/^uml(@|$)/.test(kernel)) || !['auto', 'host'].includes(vm.root);
    if (server && place === 'vm' && foreign)
      refuse("expected the host, or a guest on the host's files (vm.kernel: uml)", 'server');
  });

export type ScenarioInput = z.input<typeof scenario>;

/** A scenario with every default filled in. */
export type Scenario = z.output<typeof scenario>;
