import { type Asked, isWhole, named } from './asked.js';

/** Errors end the program: whether the function returns any is not known. */
export function goPatch({ line, source, target, path }: Asked): string | null {
  if (!isWhole(line) || /^\s*(return|if|for|defer|go|case)\b|[{,(]\s*$/.test(line)) return null;
  if (target === 'directory') {
    if (!/^\s*(?:import\s+)?"os"/m.test(source)) return null;
    return `if dir, err := os.Open(${JSON.stringify(path)}); err != nil { panic(err) } else if err := dir.Sync(); err != nil { panic(err) }`;
  }
  const descriptor = named(line, /\bsyscall\.(?:Write|Pwrite|Ftruncate)\(\s*(\w+)\s*,/);
  if (descriptor !== null) return `if err := syscall.Fsync(${descriptor}); err != nil { panic(err) }`;
  const written = named(line, /\bos\.WriteFile\(\s*([^,()]+),/);
  if (written !== null)
    return `if file, err := os.Open(${written}); err != nil { panic(err) } else if err := file.Sync(); err != nil { panic(err) }`;
  const file = named(line, /(?:^|=)\s*(\w+)\.(?:Write|WriteString|WriteAt|Truncate)\(/);
  return file === null ? null : `if err := ${file}.Sync(); err != nil { panic(err) }`;
}
