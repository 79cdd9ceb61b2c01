import picomatch from 'picomatch';

/**
 * Which paths a promise names. One matcher for every promise and both engines: `*` and `?` stay within a name, `**`
 * crosses directories, a leading dot is a letter like any other, and a glob that is a path names that path.
 */
export function isNamed(path: string, globs: readonly string[]): boolean {
  return globs.some((glob) => matcher(glob)(path));
}

/** Whether a path counts for nothing: itself or a directory above it is named. */
export function isIgnored(path: string, globs: readonly string[]): boolean {
  if (globs.length === 0) return false;
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
    if (isNamed(path.slice(0, end), globs)) return true;
  return false;
}

const matchers = new Map<string, (path: string) => boolean>();

function matcher(glob: string): (path: string) => boolean {
  let known = matchers.get(glob);
  if (known) return known;
  const bare = glob.replace(/^(\.\/)+/, '');
  const matches = picomatch(bare, { dot: true });
  known = (path) => path === bare || matches(path);
  matchers.set(glob, known);
  return known;
}
