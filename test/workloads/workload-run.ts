/**
 * Runs a workload in a temporary folder under strace and says what it did, as short lines in the order the kernel
 * saw them:
 *
 *     write notes.txt          data written to a file of the folder
 *     fsync notes.txt          (also fdatasync; `.` is the folder itself)
 *     fsync notes.txt = EIO    a call that failed
 *     rename a -> b, unlink a
 *     print Synced notes.txt   a whole line on standard output, placed at the write(2) that ended it
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = findRoot();
export const workloads = join(root, 'workloads');

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'workloads', 'seeds'))) {
    if (folder === dirname(folder))
      throw new Error('expected a folder above this test with workloads/seeds in it');
    folder = dirname(folder);
  }
  return folder;
}

/** The interpreter itself, not a version manager's wrapper, whose own calls would crowd the trace. */
export const python =
  spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout?.trim() ??
  '';

/** Why tests of this folder cannot run here, or false: the value of tap's `skip`. */
export const skipWithoutTools: string | false = missingTools();

function missingTools(): string | false {
  if (process.env.PLUGPULL_REQUIRE === 'all') return false;
  if (!python) return 'python3 is missing (Debian package python3)';
  if (spawnSync('strace', ['-V']).error) return 'strace is missing (Debian package strace)';
  if (spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status !== 0)
    return 'strace may not trace here';
  return false;
}

export type WorkloadRun = {
  exitCode: number | null;
  /** Lines on standard output. */
  lines: string[];
  stderr: string;
  calls: string[];
  /** Files left in the folder: name to content. */
  files: Record<string, string>;
};

export type WorkloadOptions = {
  args?: string[];
  /** A shell command that prepares the folder, untraced. */
  setup?: string;
  /** strace's fault injection, such as `fsync:error=EIO:when=1`. */
  inject?: string;
  env?: Record<string, string>;
};

/** `program` is a path below workloads/, run by python3, or a whole command. */
export function runWorkload(program: string | string[], options: WorkloadOptions = {}): WorkloadRun {
  const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'plugpull-workload-')));
  const folder = mkdtempSync(join(temporary, 'disk-'));
  const stdout = join(temporary, 'stdout');
  const trace = join(temporary, 'strace');
  const command = typeof program === 'string' ? [python, join(workloads, program)] : program;
  try {
    if (options.setup) spawnSync('/bin/sh', ['-c', options.setup], { cwd: folder });
    const descriptor = openSync(stdout, 'w');
    const result = spawnSync(
      'strace',
      [
        ...['-f', '-y', '-qq', '-s', '300', '-o', trace, '-e', 'signal=none'],
        ...['-e', `trace=write,pwrite64,?sync,${SYNC_CALLS},?rename,renameat,renameat2,?unlink,unlinkat`],
        ...(options.inject ? ['-e', `inject=${options.inject}`] : []),
        ...command,
        ...(options.args ?? []),
      ],
      {
        cwd: folder,
        env: { ...process.env, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1', ...options.env },
        stdio: ['ignore', descriptor, 'pipe'],
        encoding: 'utf8',
        timeout: 60_000,
      },
    );
    closeSync(descriptor);
    return {
      exitCode: result.status,
      lines: readFileSync(stdout, 'utf8').split('\n').filter(Boolean),
      stderr: result.stderr,
      calls: callsOf(readFileSync(trace, 'utf8'), { folder, stdout }),
      files: Object.fromEntries(
        readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
      ),
    };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

const SYNC_CALLS = 'fsync,fdatasync,syncfs,sync_file_range,msync';

function callsOf(trace: string, places: { folder: string; stdout: string }): string[] {
  const calls: string[] = [];
  let printed = '';
  for (const line of trace.split('\n')) {
    const call = /^(?:\d+ +)?(\w+)\((.*)$/.exec(line);
    if (!call) continue;
    const name = call[1]!;
    const rest = call[2]!;
    const error = /\) += -1 (\w+)/.exec(rest);
    const failed = error ? ` = ${error[1]}` : '';
    const path = /^\d+<([^>]*)>/.exec(rest)?.[1];
    if (name.startsWith('rename')) {
      const [from, to] = quoted(rest);
      calls.push(`rename ${inside(from, places.folder)} -> ${inside(to, places.folder)}${failed}`);
    } else if (name.startsWith('unlink')) {
      calls.push(`unlink ${inside(quoted(rest)[0], places.folder)}${failed}`);
    } else if (path === places.stdout) {
      printed += JSON.parse(`"${quoted(rest)[0]}"`);
      const end = printed.lastIndexOf('\n');
      for (const text of printed.slice(0, Math.max(end, 0)).split('\n').filter(Boolean))
        calls.push(`print ${text}`);
      printed = printed.slice(end + 1);
    } else if (name === 'sync') {
      calls.push(`sync${failed}`);
    } else if (path && (path === places.folder || path.startsWith(`${places.folder}/`))) {
      const verb = name === 'pwrite64' ? 'write' : name === 'fdatasync' ? 'fsync' : name;
      calls.push(`${verb} ${inside(path, places.folder)}${failed}`);
    }
  }
  return calls;
}

function quoted(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]!);
}

function inside(path: string | undefined, folder: string): string {
  if (path === undefined) return '?';
  return path.startsWith('/') ? relative(folder, path) || '.' : path;
}
