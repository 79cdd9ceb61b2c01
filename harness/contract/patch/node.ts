import { type Asked, isWhole, named } from './asked.js';

/**
 * A line behind a call that has done its work when the next line runs: synchronous, or awaited. Behind one that takes a
 * callback or returns a promise nobody awaits, a line would run too early.
 */
export function nodePatch({ line, source, target, path }: Asked): string | null {
  if (!isWhole(line) || /=>|\bfunction\b|^\s*(return|throw|if|for|while|else|case|\.)\b|\.then\(/.test(line))
    return null;
  if (/[,(=+]\s*$/.test(line)) return null;
  if (!/Sync\(/.test(line) && !/\bawait\b/.test(line)) return null;
  if (target === 'directory') return ofPath(JSON.stringify(path));
  const handle = named(line, /\bawait\s+(\w+)\.(?:write|writev|writeFile|appendFile|truncate)\(/);
  if (handle !== null && new RegExp(`\\b${handle}\\s*=\\s*await\\s+[\\w.]*open\\(`).test(source)) {
    return `await ${handle}.sync();`;
  }
  const descriptor = named(line, /(?:writeSync|writevSync|ftruncateSync)\(\s*(\w+)\s*[,)]/);
  if (descriptor !== null) return `process.getBuiltinModule('node:fs').fsyncSync(${descriptor});`;
  const written = named(line, /\b(?:write|append)File(?:Sync)?\(\s*([^,()]+),/);
  return written === null ? null : ofPath(written);
}

/** By a module that is there whatever the program imported, under whatever name (Node 20.16). */
function ofPath(path: string): string {
  return `{ const fs = process.getBuiltinModule('node:fs'), fd = fs.openSync(${path}, 'r'); fs.fsyncSync(fd); fs.closeSync(fd); }`;
}
