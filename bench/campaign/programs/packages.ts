/** Programs that keep a repository or a system: git and dpkg. Neither ever syncs the folder of what it made. */
import { debian, kept, lost, masked, type RealProgram, safe, whole } from './real-program.js';

const repository = [
  'git init -q -b main .',
  'git config user.name a',
  'git config user.email a@example.org',
  'git config gc.auto 0',
  'git config maintenance.auto false',
  'seq 1 1000 > f',
  'git add f',
  'git commit -qm one',
  'seq 1 2000 > f',
].join(' && ');

/** The index is a cache, and the log of references says nothing of what is there. */
const repositoryIsWhole =
  'GIT_INDEX_FILE=none git fsck --no-reflogs --no-dangling --no-progress >/dev/null 2>&1';

const git = (
  name: string,
  command: string,
  source: Pick<RealProgram, 'calls' | 'kept' | 'whole'>,
): RealProgram => ({
  name: `git ${name}`,
  version: debian('git'),
  pinned: '2.39',
  setup: repository,
  run: `git ${command} && echo ACK done`,
  ...source,
});

const tree = 'mkdir -p r/etc r/var/lib/dpkg/updates r/var/lib/dpkg/info r/var/lib/dpkg/triggers';
const lists = ': > r/var/lib/dpkg/status; : > r/var/lib/dpkg/available';
const control =
  'Package: tiny\\nVersion: %s\\nArchitecture: all\\nMaintainer: a <a@example.org>\\nDescription: tiny\\n';
/** @param lines of the one file in it */
const build = (version: number, lines: number): string =>
  `printf "${control}" ${version} > d/DEBIAN/control; seq 1 ${lines} > d/usr/share/tiny/data; dpkg-deb -b --root-owner-group d tiny${version}.deb`;
const install = (option: string, version: number): string =>
  `dpkg ${option} --root="$PWD/r" --log=/dev/null -i tiny${version}.deb >/dev/null`;
const data = 'r/usr/share/tiny/data';
const database = 'r/var/lib/dpkg/status';

const dpkg = (
  name: string,
  option: string,
  source: Pick<RealProgram, 'calls' | 'kept' | 'whole'>,
): RealProgram => ({
  name: `dpkg -i ${name}`,
  version: debian('dpkg'),
  pinned: '1.21',
  setup: `{ ${tree}; ${lists}; mkdir -p d/DEBIAN d/usr/share/tiny; ${build(1, 2000)}; ${build(2, 3000)}; ${install(option, 1)}; } >/dev/null`,
  run: `${install(option, 2)} && echo ACK done`,
  ...source,
});

const dataIsWhole = `[ "$(tail -n 1 ${data} 2>/dev/null)" = 2000 ] || [ "$(tail -n 1 ${data} 2>/dev/null)" = 3000 ]`;

export const packages: readonly RealProgram[] = [
  // Each object is a temporary file that is linked to its name: a name that is new, so no file system hurries its data.
  git('commit', 'commit -qam two', {
    calls: 'write(object), link(object), write(main.lock), rename(main.lock, main)',
    kept: kept('.git/refs/heads/main', lost),
    whole: whole(repositoryIsWhole, lost),
  }),
  git('commit, core.fsync=all', '-c core.fsync=all commit -qam two', {
    calls:
      'write(object), fsync(object), link(object), write(main.lock), fsync(main.lock), rename(main.lock, main)',
    kept: kept('.git/refs/heads/main', lost),
    whole: whole(repositoryIsWhole, masked),
  }),
  git('repack -ad', 'repack -adq', {
    calls: 'write(pack), fsync(pack), rename(pack), unlink(objects)',
    kept: null,
    whole: whole(repositoryIsWhole, masked),
  }),
  git('repack -ad, core.fsync=none', '-c core.fsync=none repack -adq', {
    calls: 'write(pack), rename(pack), unlink(objects)',
    kept: null,
    whole: whole(repositoryIsWhole, lost),
  }),
  // Between the rename and the end are syncs of dpkg's own lists, in other folders.
  dpkg('', '--no-force-unsafe-io', {
    calls: 'write(data.dpkg-new), fsync(data.dpkg-new), rename(data.dpkg-new, data), fsync(others)',
    kept: kept(data, masked),
    whole: whole(dataIsWhole, safe),
  }),
  // Those syncs commit what has been written back by then, but on btrfs they write logs of their own files.
  dpkg('--force-unsafe-io', '--force-unsafe-io', {
    calls: 'write(data.dpkg-new), sync_file_range(WRITE), rename(data.dpkg-new, data), fsync(others)',
    kept: kept(data, {
      contract: 'violation',
      observed: { ext4: 'pass', xfs: 'pass', btrfs: 'violation' },
    }),
    // Written back from before the rename on, data has its blocks: ext4's commit waits for it. xfs and btrfs note what has
    // arrived in a later commit than the name's.
    whole: whole(dataIsWhole, {
      contract: 'violation',
      observed: { ext4: 'pass', xfs: 'violation', btrfs: 'violation' },
    }),
  }),
  dpkg("--force-unsafe-io, dpkg's own list", '--force-unsafe-io', {
    calls: 'write(status-new), fsync(status-new), rename(status-new, status), fsync(.)',
    kept: kept(database, safe),
    whole: whole(`[ "$(grep -c ^Version: ${database} 2>/dev/null)" = 1 ]`, safe),
  }),
];
