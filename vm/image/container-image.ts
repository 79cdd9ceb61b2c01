/**
 * The file system of a container image as a squashfs that a guest mounts beside its own root: workload and checker
 * are chrooted to it, while the agent keeps Debian's Python. Docker or podman hand it out; nothing is run.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand } from '../../harness/doctor/find-command.js';
import { UnavailableError, UsageError } from '../../harness/verdict/errors.js';
import { writeAbout } from './about.js';
import type { BuildOptions } from './build-options.js';
import { requireBuildTools } from './build-tools.js';
import { findEntry, makeEntry, withCacheLock } from './cache.js';
import { digestOf } from './digest.js';
import { runTool, ToolError } from './run-tool.js';
import { tarImageArguments } from './squashfs.js';

/** Counts changes of this module that make another entry of the same image. */
const revision = 1;

export interface ContainerImage {
  /** As the user named it. */
  name: string;
  /** The engine's own, which names the content: `sha256:...`. */
  id: string;
  /** Squashfs. */
  image: string;
  /** The image's own environment, as NAME=VALUE. */
  environment: readonly string[];
}

interface Inspected {
  Id: string;
  Architecture: string;
  Config: { Env?: string[] | null } | null;
}

/**
 * @param name as for `docker run`: `python:3.12-slim`
 * @throws UnavailableError when neither docker nor podman answers, or the image can neither be found nor pulled;
 *   UsageError when it is not for x86-64
 */
export async function containerImage(name: string, options: BuildOptions): Promise<ContainerImage> {
  const { signal, onStep } = options;
  requireBuildTools(`--root ${name}`, ['sqfstar']);
  const engine = await containerEngine(name, options);
  const inspected = await inspect(engine, name, options);
  if (inspected.Architecture !== 'amd64') {
    throw new UsageError(
      `--root ${name}: expected an image for amd64, got one for ${inspected.Architecture}`,
    );
  }
  const key = digestOf(revision, inspected.Id);
  const make = () =>
    makeEntry('container', key, async (folder) => {
      onStep?.(`exporting ${name}`);
      await exportTo(engine, inspected.Id, join(folder, 'root.sqfs'), signal);
      writeFileSync(join(folder, 'config.json'), JSON.stringify(inspected.Config));
      writeAbout(folder, { name, version: inspected.Id });
    });
  const folder =
    findEntry('container', key) ??
    (await withCacheLock(options, async () => findEntry('container', key) ?? (await make())));
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Inspected['Config'];
  return {
    name,
    id: inspected.Id,
    image: join(folder, 'root.sqfs'),
    environment: config?.Env ?? [],
  };
}

/** The first of docker and podman that answers. */
async function containerEngine(name: string, { signal }: BuildOptions): Promise<string> {
  const found = ['docker', 'podman'].filter((engine) => findCommand(engine) !== undefined);
  if (found.length === 0) {
    throw new UnavailableError(
      `--root ${name}: neither docker nor podman is here to hand out the image: apt-get install podman (works without root), or apt-get install docker.io`,
    );
  }
  const problems: string[] = [];
  for (const engine of found) {
    try {
      await runTool(engine, ['image', 'ls', '--quiet'], { signal });
      return engine;
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      problems.push(`${engine}: ${error.stderr.trim().split('\n')[0]}`);
    }
  }
  throw new UnavailableError(
    `--root ${name}: no container engine answers that could hand out the image; start docker, or apt-get install podman\n${problems.join('\n')}`,
  );
}

async function inspect(
  engine: string,
  name: string,
  { signal, onStep, refresh }: BuildOptions,
): Promise<Inspected> {
  const look = async () => {
    const text = await runTool(engine, ['image', 'inspect', '--', name], { signal });
    return (JSON.parse(text) as Inspected[])[0]!;
  };
  if (!refresh) {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
    }
  }
  try {
    onStep?.(`pulling ${name}`);
    await runTool(engine, ['pull', '--quiet', '--', name], { signal });
    return await look();
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new UnavailableError(
      `--root ${name}: expected debian or the name of a container image; ${engine} has none of this name and cannot pull it: ${error.stderr.trim().split('\n').at(-1)}`,
      { cause: error },
    );
  }
}

async function exportTo(
  engine: string,
  id: string,
  image: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  // The command is never run, but an image without one of its own needs a name for it.
  const container = (await runTool(engine, ['create', '--', id, 'unused'], { signal })).trim();
  try {
    await runTool(engine, ['export', '--', container], {
      signal,
      into: ['sqfstar', tarImageArguments(image)],
    });
  } finally {
    await runTool(engine, ['rm', '--force', '--', container]);
  }
}
