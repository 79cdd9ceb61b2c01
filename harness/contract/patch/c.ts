import { type Asked, isWhole, named } from './asked.js';

/** C and C++: what the line wrote to, as long as the headers are there that the call takes. */
export function cPatch({ line, source, target, path }: Asked): string | null {
  if (
    !isWhole(line) ||
    !/;\s*(?:\/[/*].*)?$/.test(line) ||
    /^\s*(return|for|while|do|else|case)\b/.test(line)
  )
    return null;
  const report = /#\s*include\s*<(?:stdio\.h|cstdio)>/.test(source) ? 'perror("fsync")' : null;
  if (report === null || !/#\s*include\s*<unistd\.h>/.test(source)) return null;
  if (target === 'file') {
    const descriptor = named(line, /\b(?:write|pwrite|writev|ftruncate)\(\s*(\w+)\s*,/);
    return descriptor === null ? null : `if (fsync(${descriptor}) != 0) ${report};`;
  }
  if (!/#\s*include\s*<fcntl\.h>/.test(source)) return null;
  return `{ int fd = open(${JSON.stringify(path)}, O_RDONLY); if (fd < 0 || fsync(fd) != 0) ${report}; close(fd); }`;
}
