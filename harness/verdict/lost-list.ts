/** What one name lost, in one line or in several; without a name, a checker's words. */
export interface NamedLoss {
  path: string | null;
  lines: readonly string[];
}

/** Of names that share a cause so many are told one by one. */
const listedNames = 8;

/**
 * The lines below a finding: each line once, the first names in full and a count of the other names. What stands behind
 * the names may hang on when the file system committed; how many names there are does not.
 */
export function listLosses(losses: readonly NamedLoss[]): string[] {
  const byName = new Map<string, Set<string>>();
  for (const { path, lines } of losses) {
    const name = path ?? lines.join('\n');
    const known = byName.get(name) ?? new Set();
    byName.set(name, known);
    for (const line of lines) known.add(line);
  }
  const names = [...byName.values()];
  const listed = names.slice(0, listedNames).flatMap((lines) => [...lines]);
  const others = names.length - listedNames;
  return others > 0 ? [...listed, `and ${others} more like these`] : listed;
}
