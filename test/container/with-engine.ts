/** A container engine and an image for tests: the engine that answers, else one of our own; the image of this machine's programs. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Engine } from '../../harness/container/engine.js';
import { engineLabel } from '../../harness/container/inside-paths.js';
import { findCommand } from '../../harness/doctor/find-command.js';
import { checkout } from '../e2e/plugpull.js';

/** What tests with containers need of the machine. */
export const engineNeed = {
  root: true,
  fuse: true,
  loop: true,
  fs: 'ext4',
  commands: ['nbdfuse', 'dockerd', 'strace'],
};

/**
 * @param t its end stops an engine of our own
 * @returns an engine; as DOCKER_HOST names it in `address`
 */
export async function engineFor(t: { teardown(undo: () => Promise<void>): void }): Promise<Engine> {
  if (process.env.DOCKER_HOST || existsSync('/var/run/docker.sock')) return Engine.find();
  const child = spawn(process.execPath, [join(checkout, 'dist/harness/container/own-engine-process.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.stdin.end();
    await ended;
  });
  for await (const address of createInterface({ input: child.stdout }))
    return Engine.at(address.replace('unix://', ''));
  throw new Error('no engine of our own');
}

/** How many containers of ours an engine has that were made of an image; other tests have theirs at the same time. */
export async function containersLeft(engine: Engine, image: string): Promise<number> {
  const filters = encodeURIComponent(JSON.stringify({ label: [engineLabel], ancestor: [image] }));
  return (await engine.json<object[]>('GET', `/containers/json?all=1&filters=${filters}`)).length;
}

/**
 * Makes an image of a shell and some programs of this machine.
 *
 * @param about `architecture` of the processor that it says it is for; `config` as in an image's own (Entrypoint, Volumes)
 */
export async function makeImage(
  engine: Engine,
  name: string,
  {
    programs,
    architecture = 'amd64',
    config = {},
  }: { programs: readonly string[]; architecture?: string; config?: object },
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'plugpull-image-'));
  try {
    for (const folder of ['bin', 'lib', 'lib64', 'sbin']) {
      mkdirSync(join(root, 'usr', folder), { recursive: true });
      symlinkSync(`usr/${folder}`, join(root, folder));
    }
    mkdirSync(join(root, 'etc'));
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
    for (const program of ['sh', ...programs]) add(root, program);
    await load(engine, root, { name, architecture, config });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** In the form that `docker save` leaves: a layer, what the image is, and its name. */
async function load(
  engine: Engine,
  root: string,
  { name, architecture, config }: { name: string; architecture: string; config: object },
): Promise<void> {
  const layer = spawnSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 2 ** 30 }).stdout;
  const digest = createHash('sha256').update(layer).digest('hex');
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-saved-'));
  try {
    const about = {
      architecture,
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
    };
    const manifest = [{ Config: 'config.json', RepoTags: [`${name}:latest`], Layers: ['layer.tar'] }];
    writeFileSync(join(folder, 'layer.tar'), layer);
    writeFileSync(join(folder, 'config.json'), JSON.stringify(about));
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    const tar = spawn('tar', ['-C', folder, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await engine.text('POST', '/images/load?quiet=1', { body: tar.stdout, contentType: 'application/x-tar' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function add(root: string, program: string): void {
  const path = realpathSync(findCommand(program)!);
  copyFileSync(path, join(root, 'usr/bin', basename(program)));
  const { stdout } = spawnSync('ldd', [path], { encoding: 'utf8' });
  for (const [library] of stdout.matchAll(/\/\S+/g)) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(library, join(root, library));
  }
}
