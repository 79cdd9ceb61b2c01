/**
 * One argument as strace prints it. strace(1) names no grammar; this one follows its printing code (print_fields.h,
 * util.c): quoted strings, numbers, symbolic words, `[...]` lists, `{name=value}` records and `name=value`.
 */
export type Value =
  | { kind: 'string'; bytes: Buffer; truncated: boolean }
  | { kind: 'number'; value: number; file: DescribedFile | null }
  | { kind: 'word'; text: string; file: DescribedFile | null }
  | { kind: 'list'; items: Value[]; truncated: boolean }
  | { kind: 'record'; fields: Map<string, Value>; truncated: boolean }
  | { kind: 'named'; name: string; value: Value };

/** What `-y` prints behind a descriptor: `3</tmp/x>`, `3</tmp/x>(deleted)`, `3<pipe:[7]>`. */
export interface DescribedFile {
  /** Bytes between the angle brackets. */
  path: string;
  deleted: boolean;
}
