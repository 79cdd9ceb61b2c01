import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** The comment above each key of the object literals that constants are made of, by `constant.key.key`. */
export interface SourceComments {
  /** In one line; absent where there is none. */
  of(path: string): string | undefined;
  /** The constants with keys of their own that the value of a key is made of. */
  objectsNamedBy(path: string): string[];
}

/** Of one concept: no two of its files have a constant of the same name. */
export function sourceComments(files: readonly string[]): SourceComments {
  const comments = new Map<string, string>();
  const names = new Map<string, string[]>();
  const visit = (source: ts.SourceFile, node: ts.Node, path: string): void => {
    let below = path;
    if ((ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) && path !== '') {
      below = `${path}.${node.name.getText(source)}`;
      note(source, node, below);
    } else if (ts.isVariableDeclaration(node)) {
      below = node.name.getText(source);
      note(source, node.parent.parent, below);
    }
    if (ts.isIdentifier(node)) names.set(path, [...(names.get(path) ?? []), node.text]);
    ts.forEachChild(node, (child) => visit(source, child, below));
  };
  const note = (source: ts.SourceFile, node: ts.Node, path: string): void => {
    const ranges = ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? [];
    const last = ranges.at(-1);
    if (!last) return;
    const text = source.text
      .slice(last.pos, last.end)
      .replace(/^\/\*\*?|\*\/$|^\/\/ ?/g, '')
      .replace(/^\s*\* ?/gm, '');
    comments.set(path, text.trim().replace(/\s+/g, ' '));
  };
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    visit(source, source, '');
  }
  const withKeys = (name: string): boolean => [...names.keys()].some((path) => path.startsWith(`${name}.`));
  return {
    of: (path) => comments.get(path),
    objectsNamedBy: (path) => (names.get(path) ?? []).filter((name) => withKeys(name)),
  };
}
