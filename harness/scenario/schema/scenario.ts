/**
 * The scenario file's schema (YAML), a file for each part, and the types the rest of plugpull takes from it. Defaults live
 * here and nowhere else, so that a scenario without a key and a command line without an option mean the same.
 */
import { z } from 'zod';
import { checker } from './checker.js';
import { container } from './container.js';
import { explore } from './explore.js';
import { guest, recoverers } from './guest.js';
import { live } from './live.js';
import { nodes, refuseWithNodes } from './nodes.js';
import { promise } from './promise.js';
import { client, server } from './server.js';
import { storage } from './storage.js';
import { duration, outcome, pattern, user } from './values.js';

export const engines = ['contract', 'replay', 'live'] as const;

export const places = ['auto', 'host', 'container', 'vm'] as const;

export const scenario = z
  .strictObject({
    /** Letters, digits, dot, dash and underscore. */
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
        'expected letters, digits, dot, dash and underscore, at most 100',
      ),
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
        timeout: duration.prefault('60s'),
        /** More variables for the workload and the checker. */
        env: z.record(z.string(), z.string()).default({}),
        /** Exit codes that mean the workload did its work. */
        exit_codes: z.array(z.number().int()).default([0]),
        /** Standard output is a terminal: programs print each line, and each ack, when it ends instead of keeping it. */
        terminal: z.boolean().default(false),
      })
      .prefault({}),
    server: server.optional(),
    /**
     * Instead of `server`: servers that each have a disk of their own, made as `storage` says and mounted in a folder of the
     * workload's directory with the server's name, which it runs in. All disks lose their power at one instant. A server's
     * own $PLUGPULL_PORT is everybody's $PLUGPULL_PORT_NAME, with the nine ports behind it; so it is for $PLUGPULL_SOCKET.
     */
    nodes: nodes.optional(),
    /** Programs that talk to the server, all at once; the run is over when they have ended. */
    clients: z.array(client).default([]),
    /** How the program says that something is safe: by the socket PLUGPULL_ACK, or by what it prints. */
    ack: z
      .strictObject({
        /** A line on standard output that matches this regular expression is an ack. */
        stdout: pattern.optional(),
        /** A line that matches this says that something begins, whose ack has the same text. Until then a checker is told it as `maybe`. */
        begin: pattern.optional(),
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
  .superRefine((whole, context) => {
    const { workload, server, nodes, clients, checker, place, vm, container } = whole;
    const refuse = (message: string, ...path: string[]): void =>
      context.addIssue({ code: 'custom', message, path });
    if (whole.ack.begin !== undefined && whole.ack.stdout === undefined)
      refuse('expected ack.stdout, too: acks that have the same text as what begins', 'ack', 'begin');
    if (workload.run === '' && clients.length === 0) refuse('expected a command', 'workload', 'run');
    if (server?.run === '' && place !== 'container')
      refuse("expected a command: only a container's image has one", 'server', 'run');
    if (place === 'container' && !container)
      refuse('expected the image that the programs run in', 'container', 'image');
    if (place === 'container' && checker?.persistent)
      refuse('expected false in a container, which is started anew for each state', 'checker', 'persistent');
    if (clients.length > 0 && !server && !nodes) refuse('expected a server that they talk to', 'server');
    if ((server ?? nodes) && checker?.persistent)
      refuse('expected false with a server, which is started anew for each state', 'checker', 'persistent');
    if (nodes) refuseWithNodes(nodes, whole, refuse);
    const foreign =
      vm.kernel.some((kernel) => !/^uml(@|$)/.test(kernel)) || !['auto', 'host'].includes(vm.root);
    if (server && place === 'vm' && foreign)
      refuse("expected the host, or a guest on the host's files (vm.kernel: uml)", 'server');
  });
export type ScenarioInput = z.input<typeof scenario>;

/** A scenario with every default filled in. */
export type Scenario = z.output<typeof scenario>;
