/** Programs that write one file: compressors, tools of the shell, libraries that save a configuration or a log. */
import { debian, type Expected, kept, lost, masked, type RealProgram, safe, whole } from './real-program.js';

const text = 'seq 1 4000 > a';
const hasText = (read: string): string => `[ "$(${read} 2>/dev/null | tail -n 1)" = 4000 ]`;

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

export const singleFiles: readonly RealProgram[] = [
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
