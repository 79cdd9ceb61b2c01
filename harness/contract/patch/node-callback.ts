/**
 * Calls of Node that are not done when the next line runs: with a callback, in a chain of promises, on a stream. A line can be
 * given only where the callback begins at the end of the call's line: the next line is then its first.
 */
import { type Asked, named } from './asked.js';
import { syncOfDescriptor, syncOfPath } from './node-sync.js';

const callback = String.raw`(?:async\s+)?(?:\([\w\s,]*\)\s*=>|\w+\s*=>|function\b\s*\w*\s*\([\w\s,]*\))\s*\{`;
const beginsCallback = new RegExp(String.raw`^\s*(?:(\w+)\.)?(\w+)\((.*),\s*${callback}\s*(?:\/\/.*)?$`);
const ofFiles = new Set(['writeFile', 'appendFile', 'truncate']);
const ofDescriptors = new Set(['write', 'writev', 'ftruncate']);
const ofNames = new Set(['open', 'rename', 'link', 'symlink', 'unlink', 'rm', 'rmdir', 'mkdir', 'copyFile']);

/** `fs.rename(a, b, (error) => {`: the first line of the callback, which runs when the call has done its work. */
export function patchInCallback({ line, source, target, path }: Asked): string | null {
  const [, owner, method = '', given = ''] = beginsCallback.exec(line) ?? [];
  const first = /^\s*([^,()]+?)\s*(?:,|$)/.exec(given)?.[1];
  const onStream = owner !== undefined && (method === 'write' || method === 'end') && isStream(owner, source);
  if (!onStream && !isOfFs(owner, method, source)) return null;
  const writes = onStream || ofFiles.has(method) || ofDescriptors.has(method);
  if (target === 'directory') return writes || ofNames.has(method) ? syncOfPath(JSON.stringify(path)) : null;
  if (onStream) return syncOfDescriptor(`${owner}.fd`);
  if (first === undefined || !writes) return null;
  return ofDescriptors.has(method) ? syncOfDescriptor(first) : syncOfPath(first);
}

/** Where a sync call belongs that has no line behind this one; empty where that one is done when the next line runs. */
export function whereInstead({ line, source, target }: Omit<Asked, 'path'>): string {
  const stream = named(line, /\b(\w+)\.(?:write|end)\(/);
  if (/\bcreateWriteStream\(/.test(line) || (stream !== null && isStream(stream, source))) {
    return target === 'file'
      ? "; of a stream: createWriteStream(path, { flush: true }), and what follows is for its 'close'"
      : "; of a stream: when it is closed ('close')";
  }
  if (/\.then\(/.test(line)) return '; in a .then() behind it';
  const [, owner, method = ''] =
    /(?:\b(\w+)\.)?\b(\w+)\(/.exec(line.replace(/^.*\bfunction\b[^{]*\{/, '')) ?? [];
  return isOfFs(owner, method, source)
    ? '; in its callback: what stands behind the line runs before the call is done'
    : '';
}

function isStream(name: string, source: string): boolean {
  return new RegExp(`\\b${name}\\s*=\\s*[\\w.]*createWriteStream\\(`).test(source);
}

/** Whether `owner.method`, or `method` alone, is one of node:fs that takes a callback, by what the program imports. */
function isOfFs(owner: string | undefined, method: string, source: string): boolean {
  if (![ofFiles, ofDescriptors, ofNames].some((methods) => methods.has(method))) return false;
  const module = String.raw`(?:=\s*(?:await\s+)?(?:require|import)\(|from\s*)['"](?:node:)?fs['"]`;
  const imported =
    owner === undefined ? String.raw`\{[^}]*\b${method}\b[^}]*\}` : String.raw`(?:\*\s*as\s+)?\b${owner}\b`;
  return new RegExp(String.raw`${imported}\s*${module}`).test(source);
}
