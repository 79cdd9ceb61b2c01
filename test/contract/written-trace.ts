import type { z } from 'zod';
import { type CallsJudgement, judgeCalls } from '../../harness/contract/judge-calls.js';
import { Content } from '../../harness/model/content.js';
import type { DirectoryTree } from '../../harness/model/directory-tree.js';
import type { History } from '../../harness/model/history.js';
import { replay } from '../../harness/model/replay.js';
import { promise } from '../../harness/scenario/schema/promise.js';
import { parseTraceLog, type TraceLog } from '../../harness/syscalls/trace-log.js';

/** The program's directory in traces written by hand. */
export const writtenRoot = '/w';

/** A log as strace would write it, from calls alone, one line a call; of process 7 unless it begins with `8: `, say. */
export function writtenLog(calls: readonly string[]): TraceLog {
  const lines = calls.map((line, index) => {
    const [, pid = 7, call = ''] = /^(?:(\d+): )?(.*)$/s.exec(line)!;
    const took = call.endsWith('<unfinished ...>') ? '' : ' <0.000001000>';
    return `${pid} ${1000 + index}.000000000 ${call}${took}`;
  });
  return parseTraceLog(lines.map((line) => `${line}\n`).join(''));
}

/** A tree of files by name; a value of null makes a directory, and a name with `->` a symbolic link. */
export function writtenTree(files: Record<string, string | null> = {}): DirectoryTree {
  const tree: DirectoryTree = new Map();
  tree.set('', { kind: 'directory', identity: 'root', mode: 0o755, content: null, target: null });
  for (const [name, text] of Object.entries(files)) {
    const [path = '', target = null] = name.split('->');
    tree.set(path, {
      kind: target !== null ? 'symlink' : text === null ? 'directory' : 'file',
      identity: path,
      mode: 0o644,
      owner: { uid: 0, gid: 0 },
      xattrs: {},
      content: text === null ? null : Content.of(Buffer.from(text)),
      target,
    });
  }
  return tree;
}

export interface WrittenOptions {
  files?: Record<string, string | null>;
  promises?: z.input<typeof promise>;
  models?: string[];
  /** Of the disk below. */
  atomicUnitBytes?: 512 | 4096;
  /** What was left; not known by default. */
  final?: DirectoryTree;
  /** What it is started with; `writtenStart` by default. */
  start?: Partial<typeof writtenStart>;
}

/** What a written program is started with. */
export const writtenStart = { umask: 0o022, user: { uid: 0, gid: 0 } };

const acks = { stdout: { ack: '^ack (.*)$', begin: '^begin (.*)$' }, socket: null };

export function replayWritten(calls: readonly string[], files: Record<string, string | null> = {}): History {
  return replay(writtenLog(calls).calls, {
    rootPath: writtenRoot,
    initial: writtenTree(files),
    acks,
    ...writtenStart,
  });
}

/** Judges a written trace; a snapshot promise under `posix` unless told otherwise. */
export function judgeWritten(calls: readonly string[], options: WrittenOptions = {}): CallsJudgement {
  const log = writtenLog(calls);
  return judgeCalls(log.calls, {
    rootPath: writtenRoot,
    initial: writtenTree(options.files),
    final: options.final ?? null,
    acks,
    ...(options.start ?? writtenStart),
    promises: promise.parse(options.promises ?? { snapshot: true }),
    models: options.models ?? ['posix'],
    atomicUnitBytes: options.atomicUnitBytes,
    log,
  });
}

// The calls a program makes, as strace prints them.

export const create = (name: string, fd = 3, flags = 'O_WRONLY|O_CREAT'): string =>
  `openat(AT_FDCWD<${writtenRoot}>, "${name}", ${flags}, 0644) = ${fd}<${writtenRoot}/${name}>`;
export const write = (name: string, text: string, fd = 3): string =>
  `write(${fd}<${writtenRoot}/${name}>, "${text}", ${text.length}) = ${text.length}`;
export const pwrite = (name: string, text: string, offset: number, fd = 3): string =>
  `pwrite64(${fd}<${writtenRoot}/${name}>, "${text}", ${text.length}, ${offset}) = ${text.length}`;
export const sync = (name: string, call = 'fsync', result = '0', fd = 3): string =>
  `${call}(${fd}<${writtenRoot}/${name}>) = ${result}`;
export const close = (fd = 3): string => `close(${fd}) = 0`;
export const openDirectory = (fd = 4): string =>
  `openat(AT_FDCWD<${writtenRoot}>, ".", O_RDONLY|O_DIRECTORY) = ${fd}<${writtenRoot}>`;
export const syncDirectory = (result = '0', fd = 4): string => `fsync(${fd}<${writtenRoot}>) = ${result}`;
export const rename = (from: string, to: string): string => `rename("${from}", "${to}") = 0`;
export const unlink = (name: string): string => `unlink("${name}") = 0`;
export const ack = (text = 'done'): string =>
  `write(1<pipe:[1]>, "ack ${text}\\n", ${text.length + 5}) = ${text.length + 5}`;

/** Opens, syncs and closes the directory. */
export const directorySynced = (): string[] => [openDirectory(), syncDirectory(), close(4)];
