/**
 * Real programs, and what each relies on: read off its system calls (strace(1)) and what is known of file systems, not
 * off plugpull's answers, which are held against it.
 *
 *     kept   D: what the program wrote is there after it said that it was done
 *     whole  A: at every instant there is one whole version of the data, the old or the new one
 *
 * On file systems: fsync of a new file takes its name along on ext4 and xfs (the journal is committed as a whole) and on
 * btrfs (the log has new names). Nothing keeps data that nobody synced from being younger than names: a commit by
 * somebody else is enough.
 */
import type { Outcome } from '../../../harness/verdict/outcome.js';

export const programFileSystems = ['ext4', 'xfs', 'btrfs'] as const;

/** What a question is expected to find: of the contract, and on each file system. */
export interface Expected {
  contract: Outcome;
  observed: Record<(typeof programFileSystems)[number], Outcome>;
}

export interface Question {
  /** Options of `plugpull run`. */
  args: readonly string[];
  expected: Expected;
}

export interface RealProgram {
  name: string;
  /** Prints the version that is there. */
  version: string;
  /** The version that `calls` was read from: another one may make other calls. */
  pinned: string;
  setup?: string;
  run: string;
  /** The calls that decide, in their order. */
  calls: string;
  kept: Question | null;
  whole: Question | null;
}

const everywhere = (contract: Outcome, observed: Outcome = contract): Expected => ({
  contract,
  observed: { ext4: observed, xfs: observed, btrfs: observed },
});
const lost = everywhere('violation');
const safe = everywhere('pass');
const masked = everywhere('violation', 'pass');

const kept = (file: string, expected: Expected): Question => ({
  args: ['--promise', `files:${file}`],
  expected,
});
/** @param condition of the shell: the data is there, whole */
const whole = (condition: string, expected: Expected): Question => ({
  args: ['--promise', 'none', '--checker', `${condition} || { echo "not whole: $(ls -s)"; exit 1; }`],
  expected,
});

const text = 'seq 1 4000 > a';
const hasText = (read: string): string => `[ "$(${read} 2>/dev/null | tail -n 1)" = 4000 ]`;
const debian = (name: string): string => `dpkg-query -W -f '\${Version}' ${name}`;

function compressor(
  name: string,
  command: string,
  output: string,
  source: { package: string; pinned: string; calls: string; expected: Expected },
): RealProgram {
  const unpack = command.split(' ')[0]!;
  return {
    name,
    version: debian(source.package),
    pinned: source.pinned,
    setup: text,
    run: `${command} a && echo ACK done`,
    calls: source.calls,
    kept: kept(output, source.expected),
    whole: whole(`${hasText('cat a')} || ${hasText(`${unpack} -dcq ${output}`)}`, source.expected),
  };
}

const setContents = (
  name: string,
  flags: string,
  setup: string | null,
  calls: string,
  expected: Expected,
): RealProgram => ({
  name,
  version: debian('libglib2.0-0'),
  pinned: '2.74',
  ...(setup === null ? {} : { setup }),
  run: `"$PROGRAMS/set-contents" conf ${flags}`,
  calls,
  kept: kept('conf', expected),
  whole: whole(
    '[ ! -e conf ] || [ "$(cat conf)" = old ] || [ "$(tr -cd n < conf | wc -c)" = 3000 ]',
    expected,
  ),
});

export const realPrograms: readonly RealProgram[] = [
  compressor('xz', 'xz', 'a.xz', {
    package: 'xz-utils',
    pinned: '5.4',
    calls: 'write(a.xz), unlink(a)',
    expected: lost,
  }),
  compressor('gzip', 'gzip', 'a.gz', {
    package: 'gzip',
    pinned: '1.12',
    calls: 'write(a.gz), unlink(a)',
    expected: lost,
  }),
  compressor('gzip --synchronous', 'gzip --synchronous', 'a.gz', {
    package: 'gzip',
    pinned: '1.12',
    calls: 'write(a.gz), fdatasync(.), fsync(a.gz), unlink(a)',
    expected: safe,
  }),
  compressor('zstd --rm', 'zstd -q --rm', 'a.zst', {
    package: 'zstd',
    pinned: '1.5',
    calls: 'write(a.zst), unlink(a)',
    expected: lost,
  }),
  {
    name: 'sort -o',
    version: debian('coreutils'),
    pinned: '9.1',
    setup: 'seq 4000 -1 1 > a',
    run: 'sort -n -o a a && echo ACK done',
    calls: 'ftruncate(a, 0), write(a)',
    kept: kept('a', lost),
    whole: whole('[ "$(wc -l < a)" = 4000 ]', lost),
  },
  {
    name: 'zip',
    version: debian('zip'),
    pinned: '3.0',
    setup: text,
    run: 'zip -q z.zip a && echo ACK done',
    calls: 'write(tmp), rename(tmp, z.zip)',
    kept: kept('z.zip', lost),
    whole: whole('[ ! -e z.zip ] || unzip -tq z.zip >/dev/null 2>&1', lost),
  },
  {
    name: 'sadc',
    version: debian('sysstat'),
    pinned: '12.6',
    setup: '/usr/lib/sysstat/sadc 1 1 day',
    run: '/usr/lib/sysstat/sadc 1 1 day && echo ACK done',
    calls: 'write(day)',
    kept: kept('day', lost),
    whole: null,
  },
  {
    name: 'sadc -f',
    version: debian('sysstat'),
    pinned: '12.6',
    setup: '/usr/lib/sysstat/sadc 1 1 day',
    run: '/usr/lib/sysstat/sadc -f 1 1 day && echo ACK done',
    calls: 'write(day), fdatasync(day)',
    kept: kept('day', safe),
    whole: null,
  },
  {
    name: 'logrotate copytruncate',
    version: debian('logrotate'),
    pinned: '3.21',
    setup:
      'umask 077; mkdir l; seq 1 4000 > l/x.log; printf "%s/l/x.log {\\n size 1\\n rotate 2\\n copytruncate\\n}\\n" "$PWD" > conf',
    run: 'sed -i "s|^.*/l/x.log|$PWD/l/x.log|" conf && logrotate -s state conf && echo ACK done',
    calls: 'write(x.log.1), fsync(x.log.1), ftruncate(x.log, 0)',
    kept: kept('l/x.log.1', masked),
    whole: whole(`${hasText('cat l/x.log')} || ${hasText('cat l/x.log.1')}`, masked),
  },
  {
    name: 'tinydb',
    version: debian('python3-tinydb'),
    pinned: '3.15',
    setup:
      "/usr/bin/python3 -c \"from tinydb import TinyDB; db = TinyDB('db.json'); db.insert({'a': 'x' * 5000}); db.insert({'b': 1})\"",
    run: '/usr/bin/python3 "$PROGRAMS/tiny.py"',
    calls: 'write(db.json, shorter), fsync(db.json), ftruncate(db.json)',
    kept: kept('db.json', lost),
    whole: whole('python3 -c "import json; json.load(open(\'db.json\'))" 2>/dev/null', lost),
  },
  setContents('g_file_set_contents, new file', 'default', null, 'write(tmp), rename(tmp, conf)', lost),
  setContents(
    'g_file_set_contents, existing file',
    'default',
    'printf old > conf',
    'write(tmp), fsync(tmp), rename(tmp, conf), fsync(.)',
    safe,
  ),
  setContents(
    'g_file_set_contents_full, DURABLE',
    'durable',
    null,
    'write(tmp), fsync(tmp), rename(tmp, conf), fsync(.)',
    safe,
  ),
  {
    name: 'sonic-boom, fsync: true',
    version: 'node -p "require(process.env.PROGRAMS + \'/node_modules/sonic-boom/package.json\').version"',
    pinned: '4.2.0',
    setup: ': > app.log',
    run: 'node "$PROGRAMS/sonic.mjs"',
    calls: 'write(app.log), fsync(app.log)',
    kept: kept('app.log', safe),
    whole: null,
  },
];
