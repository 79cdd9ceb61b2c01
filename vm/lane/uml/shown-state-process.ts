/**
 * The first program of a User-mode Linux guest that puts one crash state in front of a person: mounts it, runs their
 * command in it, and leaves what that said in files of the host's.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { SystemCallError, unmount } from '../../../harness/attach/libc.js';
import { mountCrashState } from '../../../harness/attach/mounting.js';
import { layOutRoot, loadModules, shareFolder } from './guest-root.js';
import { type ShowEnd, type ShowJob, showFiles } from './show-job.js';

const [modules, folder] = process.argv.slice(2) as [string, string];
const job = JSON.parse(readFileSync(join(folder, showFiles.job), 'utf8')) as ShowJob;
loadModules(modules, ['overlay', job.storage.fs]);
layOutRoot();
shareFolder(folder, { readOnly: false });
for (const each of job.folders) shareFolder(each, { readOnly: true });

function show(): ShowEnd {
  const root = '/mnt/plugpull';
  mkdirSync(root, { recursive: true });
  try {
    mountCrashState('/dev/ubda', root, job.storage);
  } catch (error) {
    if (error instanceof SystemCallError) return { doesNotMount: error.code };
    throw error;
  }
  const output = openSync(join(folder, showFiles.output), 'a');
  const errors = openSync(join(folder, showFiles.errors), 'a');
  const { status, signal } = spawnSync('/bin/sh', ['-c', job.command], {
    cwd: root,
    env: { ...job.environment, PLUGPULL_DIR: root },
    stdio: ['ignore', output, errors],
  });
  closeSync(output);
  closeSync(errors);
  unmount(root, { detach: true });
  return { exitCode: status ?? 128 + constants.signals[signal!] };
}

let end: ShowEnd;
try {
  end = show();
} catch (error) {
  end = { fault: (error as Error).stack ?? String(error) };
}
const path = join(folder, showFiles.end);
writeFileSync(`${path}.new`, JSON.stringify(end));
renameSync(`${path}.new`, path);
