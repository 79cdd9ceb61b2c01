import { type Asked, isWhole, named } from './asked.js';
import { patchInCallback } from './node-callback.js';
import { syncOfDescriptor, syncOfPath } from './node-sync.js';

/**
 * A line behind a call that has done its work when the next line runs: synchronous, or awaited, or whose callback begins there.
 * Behind another one that takes a callback, or returns a promise nobody awaits, a line would run too early.
 */
export function nodePatch(asked: Asked): string | null {
  return patchInCallback(asked) ?? behindCall(asked);
}

function behindCall({ line, source, target, path }: Asked): string | null {
  if (!isWhole(line) || /=>|\bfunction\b|^\s*(return|throw|if|for|while|else|case|\.)\b|\.then\(/.test(line))
    return null;
  if (/[,(=+]\s*$/.test(line)) return null;
  if (!/Sync\(/.test(line) && !/\bawait\b/.test(line)) return null;
  if (target === 'directory') return syncOfPath(JSON.stringify(path));
  const handle = named(line, /\bawait\s+(\w+)\.(?:write|writev|writeFile|appendFile|truncate)\(/);
  if (handle !== null && new RegExp(`\\b${handle}\\s*=\\s*await\\s+[\\w.]*open\\(`).test(source)) {
    return `await ${handle}.sync();`;
  }
  const descriptor = named(line, /(?:writeSync|writevSync|ftruncateSync)\(\s*(\w+)\s*[,)]/);
  if (descriptor !== null) return syncOfDescriptor(descriptor);
  const written =
    named(line, /\b(?:write|append)File(?:Sync)?\(\s*([^,()]+),/) ??
    named(line, /\bawait\s+pipeline\(.*\bcreateWriteStream\(\s*([^,()]+)[,)]/) ??
    ofPromisified(line, source);
  return written === null ? null : syncOfPath(written);
}

/** `const write = promisify(fs.writeFile); await write(path, text)` */
function ofPromisified(line: string, source: string): string | null {
  const [, called = '', path = null] = /\bawait\s+(\w+)\(\s*([^,()]+),/.exec(line) ?? [];
  return new RegExp(`\\b${called || '-'}\\s*=\\s*[\\w.]*promisify\\(\\s*\\w+\\.(?:write|append)File\\b`).test(
    source,
  )
    ? path
    : null;
}
