/** docs/api.md: what `import ... from 'plugpull'` gives, in the words of the docstrings. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

interface Exported {
  name: string;
  file: string;
}

type Declared = ts.Node & { parent: ts.Node };

/** @param entry the module that the package's main entry is made of */
export function apiPage(checkout: string, entry: string): string {
  const exported = exportsOf(join(checkout, entry)).map(({ name, file }) => ({
    name,
    file,
    node: declarationIn(file, name),
  }));
  const functions = exported.filter(({ node }) => ts.isFunctionDeclaration(node));
  const classes = exported.filter(({ node }) => ts.isClassDeclaration(node));
  const types = exported.filter(({ node }) => !functions.concat(classes).some((one) => one.node === node));
  const sections = (title: string, of: typeof exported): string[] => [
    `## ${title}`,
    '',
    ...of.flatMap(({ name, node }) => sectionOf(name, node)),
  ];
  return [
    `<!-- Made by npm run docs:scenario from ${entry}: change the docstrings there. -->`,
    '',
    '# The functions',
    '',
    "`import { crashTest, ... } from 'plugpull'`. Nothing heavy is loaded before a function is called. How a test uses them: [crash-test](crash-test.md).",
    '',
    ...sections('Functions', functions),
    ...sections('Errors', classes),
    ...sections('Types', types),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

function exportsOf(entry: string): Exported[] {
  const found: Exported[] = [];
  for (const statement of parsed(entry).statements) {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause || !statement.moduleSpecifier) continue;
    const from = (statement.moduleSpecifier as ts.StringLiteral).text.replace(/\.js$/, '.ts');
    if (!ts.isNamedExports(statement.exportClause)) continue;
    for (const { name } of statement.exportClause.elements)
      found.push({ name: name.text, file: join(dirname(entry), from) });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const sources = new Map<string, ts.SourceFile>();

function parsed(file: string): ts.SourceFile {
  let source = sources.get(file);
  if (!source) {
    source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    sources.set(file, source);
  }
  return source;
}

function declarationIn(file: string, name: string): Declared {
  const found = parsed(file).statements.find(
    (one) =>
      (ts.isFunctionDeclaration(one) ||
        ts.isClassDeclaration(one) ||
        ts.isInterfaceDeclaration(one) ||
        ts.isTypeAliasDeclaration(one)) &&
      one.name?.text === name,
  );
  if (!found) throw new Error(`${file}: expected a declaration of ${name}, found none`);
  return found;
}

function sectionOf(name: string, node: Declared): string[] {
  return [`### ${name}`, '', ...docLines(node), '```ts', signatureOf(node), '```', ''];
}

/** The docstring: its text, then parameters, result and errors as a list. */
function docLines(node: ts.Node): string[] {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  if (!doc) return [];
  const text = ts.getTextOfJSDocComment(doc.comment) ?? '';
  const tags = (doc.tags ?? []).map((tag) => {
    const said = (ts.getTextOfJSDocComment(tag.comment) ?? '').trim().replace(/\s+/g, ' ');
    const about = ts.isJSDocParameterTag(tag) ? `\`${tag.name.getText()}\`` : tag.tagName.text;
    // The parser takes the first word behind @throws for a type.
    const type = ts.isJSDocThrowsTag(tag) && tag.typeExpression ? `${tag.typeExpression.getText()} ` : '';
    return `- ${about}: ${type}${said}`;
  });
  const paragraphs = text.split(/\n\s*\n/).map((paragraph) => paragraph.replace(/\s*\n\s*/g, ' '));
  return [...paragraphs.flatMap((paragraph) => [paragraph, '']), ...(tags.length > 0 ? [...tags, ''] : [])];
}

/** What a caller sees: no bodies, no docstring of its own. */
function signatureOf(node: Declared): string {
  const source = node.getSourceFile();
  const text = (from: number, to: number): string => source.text.slice(from, to).trim();
  if (ts.isFunctionDeclaration(node)) return withoutExport(text(node.getStart(), node.body!.getFullStart()));
  if (!ts.isClassDeclaration(node)) return withoutExport(node.getText());
  const members = node.members.flatMap((member) => {
    if (!ts.isPropertyDeclaration(member) && !ts.isConstructorDeclaration(member)) return [];
    const end = ts.isConstructorDeclaration(member) ? member.body!.getFullStart() : member.getEnd();
    const [comment] = ts.getLeadingCommentRanges(source.text, member.getFullStart()) ?? [];
    return [`  ${text(comment?.pos ?? member.getStart(), end).replace(/;$/, '')};`];
  });
  return withoutExport(`${text(node.getStart(), node.members.pos)}\n${members.join('\n')}\n}`);
}

function withoutExport(text: string): string {
  return text.replace(/^export (?:declare )?/, '');
}
