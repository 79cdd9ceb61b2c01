import { type Asked, isWhole, named } from './asked.js';

/** Errors go where those of the line itself go: `?` or `unwrap()`. */
export function rustPatch({ line, target, path }: Asked): string | null {
  const ending = named(line, /(\?|\.unwrap\(\)|\.expect\([^()]*\))\s*;\s*(?:\/\/.*)?$/);
  if (ending === null || !isWhole(line)) return null;
  if (target === 'directory')
    return `std::fs::File::open(${JSON.stringify(path)})${ending}.sync_all()${ending};`;
  const file = named(
    line,
    /^\s*(?:let\s+\w+\s*=\s*)?(\w+)\.(?:write_all|write|set_len|write_at|write_all_at)\(/,
  );
  return file === null ? null : `${file}.sync_all()${ending};`;
}
