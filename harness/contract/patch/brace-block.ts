/**
 * An `if` that makes the call in its condition, and deals with its failure in a block: what has to follow the call follows
 * the block.
 */
export interface CallInCondition {
  /** The call, as a statement. */
  statement: string;
  /** The line that closes the block, from 1. */
  closedBy: number;
}

const conditions: Record<string, RegExp> = {
  go: /^\s*if\s+(.*?);\s*[^;]*\{\s*$/,
  c: /^\s*(if\s*\(.*\))\s*\{\s*$/,
};

/**
 * @param number the line of the condition, from 1
 * @returns null where the line is none, or the block goes on (`else`)
 */
export function callInCondition(
  lines: readonly string[],
  number: number,
  language: 'go' | 'c',
): CallInCondition | null {
  const header = lines[number - 1] ?? '';
  const call = conditions[language]!.exec(header)?.[1];
  if (call === undefined) return null;
  const indent = header.slice(0, header.length - header.trimStart().length);
  for (let next = number; next < lines.length; next++) {
    const text = lines[next]!;
    if (text.trim() === '' || text.startsWith(`${indent} `) || text.startsWith(`${indent}\t`)) continue;
    return text === `${indent}}` ? { statement: `${indent}${call};`, closedBy: next + 1 } : null;
  }
  return null;
}
