/** Imports point one way: no file imports itself by way of others, types included, and no folder one above it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';
import ts from 'typescript';

const root = join(import.meta.dirname, '../../..');

/** From the top down: a folder imports what stands below it in this list, and itself. A room within one is a floor of its own. */
const floors = [
  'bench',
  'harness/cli',
  'harness/api',
  'reports',
  'harness/mutants',
  'harness/jobs',
  'harness/run',
  'vm',
  'harness/probe',
  'harness/inspect',
  'harness/explain',
  'harness/explore',
  'harness/contract',
  'harness/contract/checker',
  'harness/contract/repair',
  'harness/contract/words',
  'harness/contract/patch',
  'harness/contract/sources',
  'harness/contract/breach',
  'harness/contract/crash',
  'harness/contract/doubts',
  'harness/contract/tracing',
  'harness/place',
  'harness/judge',
  'harness/capture',
  'harness/container',
  'harness/server',
  'harness/promise',
  'harness/queue',
  'harness/interchange',
  'harness/model',
  'harness/disk',
  'harness/state',
  'harness/superblock',
  'harness/attach',
  'harness/trace',
  'harness/doctor',
  'harness/scenario',
  'harness/syscalls',
  'harness/verdict',
  'harness/version.ts',
  'harness/bundle',
  'workloads',
];

type Graph = ReadonlyMap<string, readonly string[]>;

function graphOf(files: readonly string[], read: (file: string) => string): Graph {
  const known = new Set(files);
  return new Map(
    files.map((file) => [
      file,
      ts
        .preProcessFile(read(file))
        .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
        .map(({ fileName }) => normalize(join(dirname(file), fileName)).replace(/\.js$/, '.ts'))
        .filter((imported) => known.has(imported)),
    ]),
  );
}

/** One circle, as the files along it; null where there is none. */
function circleIn(graph: Graph): string[] | null {
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (file: string): string[] | null => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return null;
    way.push(file);
    for (const imported of graph.get(file) ?? []) {
      const circle = visit(imported);
      if (circle) return circle;
    }
    way.pop();
    done.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const circle = visit(file);
    if (circle) return circle;
  }
  return null;
}

function floorOf(file: string): number {
  return floors.findLastIndex((place) => file === place || file.startsWith(`${place}/`));
}

/** Imports that run up, and files that stand nowhere. */
function strays(graph: Graph): string[] {
  return [...graph].flatMap(([file, imported]) => {
    if (floorOf(file) < 0) return [`${file} stands on no floor`];
    return imported.filter((other) => floorOf(other) < floorOf(file)).map((other) => `${file} -> ${other}`);
  });
}

const sources = execFileSync('git', ['ls-files', '*.ts', '*.tsx'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => floorOf(file) >= 0 || /^(harness|vm|reports|bench)\//.test(file));
const house = graphOf(sources, (file) => readFileSync(join(root, file), 'utf8'));

t.test('no imports run in a circle', async (t) => {
  t.ok(house.size > 500, 'the whole house was read');
  t.equal(circleIn(house), null);
});

t.test('no import runs up', async (t) => {
  t.same(strays(house), []);
});

t.test('a circle and an import that runs up are found', async (t) => {
  const text: Record<string, string> = {
    'harness/run/a.ts': "import { b } from '../judge/b.js';",
    'harness/judge/b.ts': "import type { C } from './c.js';",
    'harness/judge/c.ts': "export type { A } from '../run/a.js';",
  };
  const graph = graphOf(Object.keys(text), (file) => text[file]!);
  t.same(circleIn(graph), [
    'harness/run/a.ts',
    'harness/judge/b.ts',
    'harness/judge/c.ts',
    'harness/run/a.ts',
  ]);
  t.same(strays(graph), ['harness/judge/c.ts -> harness/run/a.ts']);
});
