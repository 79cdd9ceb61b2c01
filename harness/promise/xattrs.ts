import { accessList, type Xattrs } from '../trace/attributes.js';
import type { TreeEntry } from '../trace/events.js';

/** What extended attributes a file may show. */
export interface AllowedXattrs {
  /** By name: the values it may have, null for being absent; `any` where that is not known. */
  values: ReadonlyMap<string, ReadonlySet<string | null> | 'any'>;
  /** Whether there may be others, too. */
  others: boolean;
}

/** A change that a program made: `value` null removed it, undefined is not known. */
export interface XattrChange {
  name: string;
  value: string | null | undefined;
}

/**
 * Those that something had when it was seen, and nothing else. Null: any, and there is no need to look. Of a file that
 * had none at any moment seen, nobody asks: looking is a read, and what is read has to be decided.
 */
export function exactlyXattrs({ xattrs }: TreeEntry): AllowedXattrs | null {
  if (!xattrs) return null;
  return {
    values: new Map(Object.entries(xattrs).map(([name, value]) => [name, new Set([value])])),
    others: false,
  };
}

/** Those that something had at either of two moments, where nobody knows what it had in between. */
export function eitherXattrs(before: TreeEntry, after: TreeEntry): AllowedXattrs | null {
  if (!before.xattrs) return null;
  const values = new Map<string, Set<string | null>>();
  for (const name of Object.keys({ ...before.xattrs, ...after.xattrs }))
    values.set(name, new Set([before.xattrs[name] ?? null, after.xattrs?.[name] ?? null]));
  return { values, others: true };
}

/** Also what each of these changes made of them. */
export function changedXattrs(
  allowed: AllowedXattrs | null,
  changes: readonly XattrChange[],
): AllowedXattrs | null {
  if (!allowed || changes.length === 0) return allowed;
  const values = new Map(allowed.values);
  for (const { name, value } of changes) {
    const before = values.get(name) ?? new Set([null]);
    values.set(
      name,
      before === 'any' || value === undefined || name === accessList ? 'any' : new Set([...before, value]),
    );
  }
  return { ...allowed, values };
}

/** The first attribute that is not as it may be, in words; null when each is. */
export function strangeXattr(found: Xattrs, { values, others }: AllowedXattrs): string | null {
  for (const [name, allowed] of values) {
    const value = found[name] ?? null;
    if (allowed === 'any' || allowed.has(value)) continue;
    if (value === null) return `has lost its attribute ${name}`;
    return allowed.size === 1 && allowed.has(null)
      ? `has its attribute ${name} again, which was removed`
      : `has another value of its attribute ${name}`;
  }
  const extra = others ? undefined : Object.keys(found).find((name) => !values.has(name));
  return extra === undefined ? null : `has an attribute ${extra}, which it had not`;
}
