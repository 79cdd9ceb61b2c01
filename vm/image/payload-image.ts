import { mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../../harness/verdict/errors.js';
import type { BuildOptions } from './build-options.js';
import { requireBuildTools } from './build-tools.js';
import { runTool, ToolError } from './run-tool.js';
import { tarImageArguments } from './squashfs.js';

export interface PayloadFolder {
  /** A folder or a file on this machine. */
  path: string;
  /** Where it goes in the image, relative to the image's root: `workloads`, `src/app`. */
  at: string;
}

/** What earlier runs left in a folder is no part of the program that is tested, and can be large. */
export const leftOut: readonly string[] = ['plugpull-results', 'plugpull-traces'];

/**
 * Writes a squashfs image of a user's files, all owned by root, with their modes and times. It takes about as
 * long as copying them. Where two folders meet, the first one's files win.
 * @throws UsageError when a path is not there or cannot be read
 */
export async function payloadImage(
  options: BuildOptions & { folders: readonly PayloadFolder[]; out: string },
): Promise<string> {
  const { folders, signal, onStep } = options;
  requireBuildTools('an image of files for a guest', ['tar', 'sqfstar']);
  const out = resolve(options.out);
  onStep?.('packing files for the guest');
  const scratch = mkdtempSync(join(dirname(out), '.payload-'));
  try {
    const archive = join(scratch, 'payload.tar');
    for (const folder of folders) await append(archive, folder, signal);
    if (folders.length === 0)
      await runTool('tar', ['--create', '--file', archive, '--files-from', '/dev/null'], { signal });
    const image = join(scratch, 'payload.sqfs');
    await runTool('sqfstar', tarImageArguments(image), { signal, stdinFile: archive });
    renameSync(image, out);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return out;
}

async function append(archive: string, { path, at }: PayloadFolder, signal?: AbortSignal): Promise<void> {
  const source = resolve(path);
  const isFolder = statSync(source, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder === undefined) {
    throw new UsageError(`${path}: expected a file or folder to take into the guest, found none`);
  }
  const target = at.replaceAll(/^\/+|\/+$/g, '') || '.';
  const [from, member] = isFolder ? [source, '.'] : [dirname(source), basename(source)];
  const renamed = `flags=rSh;s,^${inPattern(member)},${inReplacement(target)},`;
  try {
    await runTool(
      'tar',
      [
        ...['--append', '--file', archive, '--format=gnu', '--sort=name'],
        ...['--owner=0', '--group=0', '--numeric-owner', `--transform=${renamed}`],
        ...leftOut.map((name) => `--exclude=./${name}`),
        ...['-C', from, '--', member],
      ],
      { signal },
    );
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    // A file changed while it was read, as a log does; what was read is in.
    if (error.exitCode === 1) return;
    throw new UsageError(`${path} cannot be taken into the guest: ${error.stderr.trim().split('\n')[0]}`, {
      cause: error,
    });
  }
}

/** A text in a pattern of sed's, between commas. */
function inPattern(text: string): string {
  return text.replaceAll(/[.*[\]^$\\,]/g, '\\$&');
}

function inReplacement(text: string): string {
  return text.replaceAll(/[\\&,]/g, '\\$&');
}
