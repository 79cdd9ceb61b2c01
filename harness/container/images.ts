/** The images that scenarios name: asked for, pulled, or built, before anything runs. */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Container } from '../scenario/schema/container.js';
import { UnavailableError, UsageError } from '../verdict/errors.js';
import { type Engine, EngineError } from './engine.js';
import type { ImageFacts } from './run-job.js';

/** A container that is settled: which image, and where its data lies. */
export interface SettledContainer {
  image: string;
  id: string;
  data: string;
}

const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };
const usualData = '/data';

/**
 * @param folder what `build` is relative to
 * @param where names the scenario in errors
 * @throws UnavailableError when the image cannot be had or is for another processor, UsageError when it does not say where
 *   its data lies
 */
export async function settle(
  engine: Engine,
  container: Container,
  { folder, where, onStep }: { folder: string; where: string; onStep: (step: string) => void },
): Promise<SettledContainer> {
  const image =
    container.build === undefined
      ? container.image!
      : await build(engine, resolve(folder, container.build), { where, onStep });
  const facts = await inspect(engine, image, { where, onStep });
  const wanted = architectures[process.arch] ?? process.arch;
  if (facts.Os !== 'linux' || facts.Architecture !== wanted) {
    throw new UnavailableError(
      `${where}: key container.image: ${image} is for ${facts.Os}/${facts.Architecture}, and this machine is linux/${wanted}: take an image for it (docker pull --platform linux/${wanted} ${image})`,
    );
  }
  return { image, id: facts.Id, data: container.data ?? dataOf(facts, image, where) };
}

/** Where the image keeps its data: the volume it declares. */
function dataOf({ Config }: ImageFacts, image: string, where: string): string {
  const volumes = Object.keys(Config?.Volumes ?? {});
  if (volumes.length > 1) {
    throw new UsageError(
      `${where}: key container.data: expected where the recorded disk is to be mounted: ${image} declares several volumes (${volumes.join(', ')})`,
    );
  }
  return volumes[0] ?? usualData;
}

async function inspect(
  engine: Engine,
  image: string,
  { where, onStep }: { where: string; onStep: (step: string) => void },
): Promise<ImageFacts> {
  const look = (): Promise<ImageFacts> => engine.json<ImageFacts>('GET', `/images/${image}/json`);
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof EngineError && error.status === 404)) throw error;
  }
  onStep(`pulling ${image}`);
  try {
    const tagged = /[:@][^/]+$/.test(image) ? image : `${image}:latest`;
    const said = await engine.text('POST', `/images/create?fromImage=${encodeURIComponent(tagged)}`);
    const failed = errorIn(said);
    if (failed !== null) throw new EngineError(500, failed);
    return await look();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new UnavailableError(
      `${where}: key container.image: the engine has no image ${image} and cannot pull it (${error.message}): check the name, docker pull it by hand (where a login is needed), or build it (container.build)`,
    );
  }
}

/** @returns the tag of what was built */
async function build(
  engine: Engine,
  folder: string,
  { where, onStep }: { where: string; onStep: (step: string) => void },
): Promise<string> {
  if (!existsSync(join(folder, 'Dockerfile')))
    throw new UsageError(
      `${where}: key container.build: expected a folder with a Dockerfile, found ${folder}`,
    );
  const tag = `plugpull/${createHash('sha256').update(folder).digest('hex').slice(0, 12)}:latest`;
  onStep(`building the image of ${folder}`);
  const tar = spawn('tar', ['-C', folder, '-c', '.'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const said = await engine.text('POST', `/build?t=${tag}&rm=1&forcerm=1`, {
      body: tar.stdout,
      contentType: 'application/x-tar',
    });
    const failed = errorIn(said);
    if (failed !== null) throw new EngineError(500, failed);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new UnavailableError(
      `${where}: key container.build: the image of ${folder} cannot be built: ${error.message}`,
    );
  }
  return tag;
}

/** Pulling and building answer with a JSON line for each step. */
function errorIn(said: string): string | null {
  for (const line of said.split('\n').filter((text) => text.trim() !== '')) {
    const { error } = JSON.parse(line) as { error?: string };
    if (error !== undefined) return error.trim();
  }
  return null;
}
