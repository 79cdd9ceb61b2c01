/**
 * What a probe was asked, kept beside its answers: what is needed to go on with it, and to say whether two sets of answers
 * belong together.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystemFacts } from '../attach/file-system.js';
import { build } from '../verdict/build.js';
import { UsageError } from '../verdict/errors.js';
import { toolVersion } from '../version.js';
import type { ProbeConfig, ProbedStorage } from './config.js';
import { numbering } from './generator/generator.js';
import type { Shard } from './shard.js';

export interface Invocation {
  tool: string;
  /** Its version, and a digest of its programs. */
  build: string;
  kernels: string[];
  /** What made the file systems: the first line that each mkfs says of its version. */
  mkfs: string[];
  numbering: number;
  /** As it was parsed, defaults and all. */
  config: unknown;
  shard: Shard | null;
}

const fileName = 'probe-invocation.json';

export function newInvocation(
  config: ProbeConfig,
  kernels: readonly string[],
  shard: Shard | null,
): Invocation {
  return {
    tool: toolVersion,
    build: build(),
    kernels: [...kernels],
    mkfs: mkfsVersions(config.storage),
    numbering,
    config,
    shard,
  };
}

/** What makes the file systems of these storages, each once. */
export function mkfsVersions(storages: readonly Pick<ProbedStorage, 'fs'>[]): string[] {
  const makers = new Set(storages.map(({ fs }) => fileSystemFacts[fs].mkfs[0]!));
  return [...makers].map(mkfsVersion);
}

/** The first line that a mkfs says of its version. */
export function mkfsVersion(command: string): string {
  const { stdout, stderr } = spawnSync(command, ['-V'], { encoding: 'utf8' });
  return `${command}: ${`${stderr ?? ''}${stdout ?? ''}`.trim().split('\n')[0]}`;
}

export function writeInvocation(folder: string, invocation: Invocation): void {
  writeFileSync(join(folder, fileName), JSON.stringify(invocation));
}

export function isProbeFolder(folder: string): boolean {
  return existsSync(join(folder, fileName));
}

/** @throws UsageError where it is no results folder of a probe */
export function readInvocation(folder: string, wantedBy: string): Invocation {
  if (!isProbeFolder(folder))
    throw new UsageError(
      `${wantedBy}: expected the results folder of a probe, and ${join(folder, fileName)} is not there`,
    );
  return JSON.parse(readFileSync(join(folder, fileName), 'utf8')) as Invocation;
}

/** In what two differ that makes the answers of one say nothing of the other; null where they belong together. */
export function difference(one: Invocation, other: Invocation): string | null {
  const differing = differingKey(one, other, ['tool', 'build', 'kernels', 'mkfs', 'numbering', 'config']);
  if (differing !== null) return differing;
  if (JSON.stringify(one.shard?.durations) !== JSON.stringify(other.shard?.durations))
    return 'the durations by which work was shared out (--durations)';
  return null;
}

/** The first of these keys in which two differ, with what each has; null where they are alike. */
export function differingKey<Of extends object>(
  one: Of,
  other: Of,
  keys: readonly (keyof Of & string)[],
): string | null {
  for (const key of keys) {
    const [a, b] = [JSON.stringify(one[key]), JSON.stringify(other[key])];
    if (a !== b) return `${key} ${a} and ${b}`;
  }
  return null;
}
