import { type Asked, isWhole, named } from './asked.js';

/** Syncs what is open as `file`, what was opened by a path, or a directory; `os` is imported where the program does not. */
export function pythonPatch(asked: Asked): string | null {
  const { line, source, target, path } = asked;
  if (/^\s*(return|raise|lambda|def|class)\b|\\\s*$/.test(line)) return null;
  const call = target === 'directory' ? ofPath(JSON.stringify(path)) : ofFile(line, source);
  if (call === null) return null;
  return /^\s*import\s+(?:.*,\s*)?os\b/m.test(source) ? call : `import os; ${call}`;
}

function ofFile(line: string, source: string): string | null {
  const block = named(line, /\bas\s+(\w+)\s*:\s*(?:#.*)?$/);
  if (block !== null) return ofObject(block);
  if (!isWhole(line) || /^\s*(if|for|while|else|elif|try|with)\b/.test(line)) return null;
  const descriptor = named(line, /\bos\.(?:write|pwrite|writev|ftruncate)\(\s*(\w+)\s*,/);
  if (descriptor !== null) return `os.fsync(${descriptor})`;
  const object = named(line, /\b(\w+)\.(?:write|writelines|flush|truncate)\(/);
  if (object !== null && (pathOf(object, source) !== null || isOpenedByWith(object, source)))
    return ofObject(object);
  const closed = named(line, /^\s*(\w+)\.close\(\)/);
  const opened = closed === null ? null : pathOf(closed, source);
  if (opened !== null) return ofPath(opened);
  const written = named(
    line,
    /\bPath\(([^()]+)\)\.write_(?:text|bytes)\(/,
    /\b([\w.]+)\.write_(?:text|bytes)\(/,
  );
  return written === null ? null : ofPath(written);
}

/** What `object = open(path, ...)` opened. */
function pathOf(object: string, source: string): string | null {
  return named(source, new RegExp(`\\b${object}\\s*=\\s*(?:io\\.)?open\\(\\s*([^,()]+)[,)]`));
}

/** `with open(path) as object:`: behind a line about it that block is not over. */
function isOpenedByWith(object: string, source: string): boolean {
  return new RegExp(`^\\s*with\\b.*\\bopen\\(.*\\bas\\s+${object}\\b`, 'm').test(source);
}

function ofObject(object: string): string {
  return `${object}.flush(); os.fsync(${object}.fileno())`;
}

function ofPath(path: string): string {
  return `sync = os.open(${path}, os.O_RDONLY); os.fsync(sync); os.close(sync)`;
}
