/**
 * The first program of a User-mode Linux guest that puts one crash state in front of a person: mounts it, runs their
 * command in it, on their terminal (the first serial line) or with what it says left in files of the host's.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { StorageStack } from '../../../harness/attach/layers/storage-stack.js';
import { SystemCallError, unmount } from '../../../harness/attach/libc.js';
import { guestModules } from './guest-modules.js';
import { layOutRoot, loadModules, shareFolder } from './guest-root.js';
import { type ShowEnd, type ShowJob, showFiles } from './show-job.js';

const [modules, folder] = process.argv.slice(2) as [string, string];
const job = JSON.parse(readFileSync(join(folder, showFiles.job), 'utf8')) as ShowJob;
loadModules(modules, ['overlay', ...guestModules(job.storage)]);
layOutRoot();
shareFolder(folder, { readOnly: false });
const surroundings = { cwd: job.at, env: job.environment };
for (const each of job.folders) shareFolder(each, { readOnly: true });

function show(): ShowEnd {
  mkdirSync(job.at, { recursive: true });
  const seat = {
    folder: '/dev/plugpull/layers',
    at: job.at,
    label: 'plugpull',
    environment: {},
    note: () => {},
  };
  try {
    new StorageStack(job.storage, seat).raise('/dev/ubda');
  } catch (error) {
    if (error instanceof SystemCallError) return { doesNotMount: error.code };
    throw error;
  }
  const { status, signal } = job.terminal ? runOnTerminal(job.terminal) : runIntoFiles();
  unmount(job.at, { detach: true });
  return { exitCode: status ?? 128 + constants.signals[signal!] };
}

function runOnTerminal({ columns, rows }: { columns: number; rows: number }): SpawnSyncReturns<Buffer> {
  const terminal = openSync('/dev/ttyS0', 'r+');
  const stdio = [terminal, terminal, terminal];
  try {
    spawnSync('stty', ['sane', 'cols', `${columns}`, 'rows', `${rows}`], { stdio });
    // A session of its own, so that the line is its terminal and Ctrl-C reaches what runs in it.
    return spawnSync('setsid', ['--ctty', '--wait', '/bin/sh', '-c', job.command], {
      ...surroundings,
      stdio,
    });
  } finally {
    closeSync(terminal);
  }
}

function runIntoFiles(): SpawnSyncReturns<Buffer> {
  const output = openSync(join(folder, showFiles.output), 'a');
  const errors = openSync(join(folder, showFiles.errors), 'a');
  try {
    return spawnSync('/bin/sh', ['-c', job.command], { ...surroundings, stdio: ['ignore', output, errors] });
  } finally {
    closeSync(output);
    closeSync(errors);
  }
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
