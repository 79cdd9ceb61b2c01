/**
 * An apt of our own: its lists, downloads and sources lie in the cache, nothing of this machine's is read but how
 * it reaches archives (proxies and the like), and nothing is installed. So it works as an ordinary user, on a
 * fresh machine without lists, and on a machine that is no Debian bookworm itself.
 */
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnavailableError } from '../../harness/verdict/errors.js';
import { type BuildOptions, debianMirror } from './build-options.js';
import { cachePath, making, putInPlace } from './cache.js';
import { bytesBelow } from './folder-size.js';
import { mebibytes } from './mebibytes.js';
import { type Package, parsePrintedUris, totalBytes } from './package.js';
import { runTool, ToolError } from './run-tool.js';
import { keyring, type Suite, sourcesList } from './suite.js';

const progressMs = 250;

/** Where the file of a package lies once it is downloaded. */
export function packagePath({ file }: Package): string {
  return cachePath('debs', file);
}

/**
 * The packages that installing `wanted` on an empty machine takes, in the archive's present versions, without
 * those that are only recommended.
 * @throws UnavailableError when the archive cannot be reached or lacks a package
 */
export async function resolvePackages(
  suite: Suite,
  wanted: readonly string[],
  options: BuildOptions,
): Promise<Package[]> {
  await updateLists(suite, options);
  const printed = await apt(suite, ['install', '--print-uris', '--yes', ...wanted], options);
  return parsePrintedUris(printed);
}

async function updateLists(suite: Suite, options: BuildOptions): Promise<void> {
  options.onStep?.(`asking the Debian archive for its packages (${suite})`);
  if (!existsSync(keyring)) {
    throw new UnavailableError(
      `${keyring} is missing, which tells Debian's packages from forged ones: apt-get install debian-archive-keyring`,
    );
  }
  const folder = aptFolder(suite);
  for (const name of ['state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  writeFileSync(join(folder, 'sources.list'), sourcesList(suite, options.mirror ?? debianMirror));
  writeFileSync(join(folder, 'status'), '');
  writeFileSync(join(folder, 'apt.conf'), await configuration(folder, options));
  await apt(suite, ['update', '-o', 'APT::Update::Error-Mode=any'], options);
}

/** Downloads what is not there yet. The lists must be those that `packages` were resolved with. */
export async function downloadPackages(
  suite: Suite,
  packages: readonly Package[],
  options: BuildOptions,
): Promise<void> {
  const missing = packages.filter((each) => !isDownloaded(each));
  if (missing.length === 0) return;
  const total = totalBytes(missing);
  const what = `downloading ${missing.length === 1 ? missing[0]!.name : `${missing.length} packages`}, ${mebibytes(total)}`;
  options.onStep?.(what);
  await making(async (folder) => {
    const timer = setInterval(() => {
      const share = Math.min(1, bytesBelow(folder) / total);
      options.onStep?.(`${what}: ${Math.floor(share * 100)} %`);
    }, progressMs);
    try {
      const exact = missing.map(({ name, version }) => `${name}=${version}`);
      await apt(suite, ['download', ...exact], options, folder);
    } finally {
      clearInterval(timer);
    }
    mkdirSync(cachePath('debs'), { recursive: true });
    for (const each of missing) putInPlace(join(folder, each.file), packagePath(each));
  });
}

export function isDownloaded(each: Package): boolean {
  return statSync(packagePath(each), { throwIfNoEntry: false })?.size === each.sizeBytes;
}

async function apt(
  suite: Suite,
  args: readonly string[],
  { signal, mirror = debianMirror }: BuildOptions,
  cwd?: string,
): Promise<string> {
  try {
    return await runTool('apt-get', ['--quiet', ...args], {
      signal,
      env: { APT_CONFIG: join(aptFolder(suite), 'apt.conf') },
      ...(cwd !== undefined && { cwd }),
    });
  } catch (error) {
    if (error instanceof ToolError) throw explained(error, suite, mirror.debian);
    throw error;
  }
}

/** What a person can do about it, instead of apt's own words alone. */
function explained(error: ToolError, suite: Suite, mirror: string): Error {
  const { stderr } = error;
  const unknown = /Unable to locate package (\S+)|Package '?(\S+?)'? has no installation candidate/.exec(
    stderr,
  );
  if (unknown) {
    return new UnavailableError(`Debian ${suite} at ${mirror} has no package ${unknown[1] ?? unknown[2]}`, {
      cause: error,
    });
  }
  if (/NO_PUBKEY|not signed|isn't signed|invalid signature/i.test(stderr)) {
    return new UnavailableError(
      `Debian ${suite} at ${mirror} is not signed by a key in ${keyring}; a newer package debian-archive-keyring may have it:\n${firstErrors(stderr)}`,
      { cause: error },
    );
  }
  return new UnavailableError(
    `packages of Debian ${suite} cannot be had from ${mirror}; see to the network, to http_proxy, or name a mirror with plugpull vm build --mirror URL:\n${firstErrors(stderr)}`,
    { cause: error },
  );
}

function firstErrors(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => /^(E|W|Err):/.test(line));
  return lines.slice(0, 3).join('\n') || stderr.trim();
}

/** APT_CONFIG is read before all other files, so this one can keep the machine's own from being read. */
async function configuration(folder: string, { signal }: BuildOptions): Promise<string> {
  const machine = await runTool('apt-config', ['dump'], { signal });
  const reaching = machine
    .split('\n')
    .filter((line) => /^Acquire::\S+ "/.test(line) && !/^Acquire::(GzipIndexes|Languages)/.test(line));
  return [
    'Dir::Etc::main "/dev/null";',
    'Dir::Etc::parts "/dev/null";',
    `Dir::Etc::sourcelist "${join(folder, 'sources.list')}";`,
    'Dir::Etc::sourceparts "/dev/null";',
    'Dir::Etc::preferences "/dev/null";',
    'Dir::Etc::preferencesparts "/dev/null";',
    `Dir::State "${join(folder, 'state')}";`,
    `Dir::State::status "${join(folder, 'status')}";`,
    `Dir::Cache "${join(folder, 'cache')}";`,
    'Dir::Cache::pkgcache "";',
    'Dir::Cache::srcpkgcache "";',
    'APT::Architecture "amd64";',
    'APT::Architectures { "amd64"; };',
    'APT::Install-Recommends "false";',
    // The user _apt may not enter a home folder, and root is not needed to begin with.
    'APT::Sandbox::User "root";',
    ...reaching,
    'Acquire::Languages "none";',
    'Acquire::GzipIndexes "true";',
    'Acquire::ForceHash "SHA256";',
    '',
  ].join('\n');
}

function aptFolder(suite: Suite): string {
  return cachePath('apt', suite);
}
