/**
 * What source files are called in findings: a file of a package by the package's name, one of a project by its path in
 * the project, any other by its own name. Where two files would be called the same, as many folders are named as tell
 * them apart.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';

/** What stands in the folder of a project. */
const projectMarks = [
  ...['package.json', 'pyproject.toml', 'setup.py', 'setup.cfg', 'Cargo.toml', 'go.mod'],
  ...['CMakeLists.txt', 'meson.build', 'configure.ac', 'pom.xml', 'build.gradle', 'Gemfile', '.hg'],
];

const packageFolders =
  /^.*\/(?:node_modules|site-packages|dist-packages|pkg\/mod|registry\/src\/[^/]+)\/(.+)$/;

/** A file's path from the folder of packages it lies in: `graceful-fs/graceful-fs.js`; null for a program's own. */
export function inPackage(file: string): string | null {
  return packageFolders.exec(file)?.[1] ?? null;
}

/** Names for files by their whole paths, no two alike. */
export function placeNames(files: Iterable<string>): Map<string, string> {
  const names = new Map<string, string>();
  for (const file of new Set(files))
    names.set(file, isAbsolute(file) ? nameOf(file) : file.replace(/^\.\//, ''));
  for (;;) {
    const alike = new Map<string, string[]>();
    for (const [file, name] of names) alike.set(name, [...(alike.get(name) ?? []), file]);
    const unclear = [...alike.values()].filter((same) => same.length > 1).flat();
    const longer = unclear.filter((file) => names.get(file)!.length < file.length - 1);
    if (longer.length === 0) return names;
    for (const file of longer) names.set(file, withFolder(file, names.get(file)!));
  }
}

function nameOf(file: string): string {
  const packaged = inPackage(file);
  if (packaged !== null) return packaged;
  const project = projectOf(dirname(file));
  return project === null ? basename(file) : relative(project, file);
}

/** The checkout, or else the nearest folder that looks like a project's. */
function projectOf(folder: string): string | null {
  let nearest: string | null = null;
  for (let at = folder; at !== '/' && at !== '.'; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (nearest === null && projectMarks.some((mark) => existsSync(join(at, mark)))) nearest = at;
  }
  return nearest;
}

/** One folder more than a name has. */
function withFolder(file: string, name: string): string {
  return file.slice(file.lastIndexOf('/', file.length - name.length - 2) + 1);
}
