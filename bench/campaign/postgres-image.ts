/** A folder that builds an image of this machine's PostgreSQL, which behaves as the official one as far as it is asked. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findCommand } from '../../harness/doctor/find-command.js';

const server = '/usr/lib/postgresql';
const trees = [server, '/usr/share/postgresql', '/usr/share/zoneinfo'];
const commands = ['sh', 'mkdir', 'chown', 'setpriv', 'id'];

/** @param settings `fsync`: as on the server's command line */
export function writePostgresFolder(folder: string, { fsync }: { fsync: 'on' | 'off' }): void {
  const root = join(folder, 'root');
  for (const name of ['bin', 'lib', 'lib64', 'sbin']) {
    mkdirSync(join(root, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  for (const name of ['etc', 'tmp', 'run/postgresql', 'var/lib/postgresql/data'])
    mkdirSync(join(root, name), { recursive: true });
  symlinkSync('../run', join(root, 'var/run'));
  for (const name of ['tmp', 'run/postgresql']) chmodSync(join(root, name), 0o1777);
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\npostgres:x:999:999::/tmp:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\npostgres:x:999:\n');
  for (const tree of trees) cpSync(tree, join(root, tree), { recursive: true, verbatimSymlinks: true });
  const [version] = readdirSync(server);
  const bin = join(server, version!, 'bin');
  for (const name of readdirSync(bin)) {
    addLibraries(root, join(bin, name));
    symlinkSync(join(bin, name), join(root, 'usr/bin', name));
  }
  for (const name of readdirSync(join(server, version!, 'lib')).filter((file) => file.endsWith('.so')))
    addLibraries(root, join(server, version!, 'lib', name));
  for (const command of commands) {
    const path = realpathSync(findCommand(command)!);
    copyFileSync(path, join(root, 'usr/bin', command));
    addLibraries(root, path);
  }
  writeFileSync(join(root, 'start'), startScript, { mode: 0o755 });
  writeFileSync(
    join(folder, 'Dockerfile'),
    `FROM scratch
COPY root /
ENV PATH=/usr/bin PGDATA=/var/lib/postgresql/data
VOLUME /var/lib/postgresql/data
ENTRYPOINT ["/bin/sh", "/start"]
CMD ["postgres"${fsync === 'off' ? ', "-c", "fsync=off"' : ''}]
`,
  );
}

const startScript = `mkdir -p "$PGDATA" && chown postgres "$PGDATA" && cd /tmp || exit
as_postgres() { setpriv --reuid 999 --regid 999 --clear-groups "$@"; }
[ -s "$PGDATA/PG_VERSION" ] || as_postgres initdb -U postgres -A trust --no-locale -D "$PGDATA" || exit
exec setpriv --reuid 999 --regid 999 --clear-groups "$@"
`;

function addLibraries(root: string, path: string): void {
  const { stdout } = spawnSync('ldd', [path], { encoding: 'utf8' });
  for (const [library] of stdout.matchAll(/\/[^\s:]+\.so[^\s:]*/g)) {
    const at = join(root, dirname(library), basename(library));
    mkdirSync(dirname(at), { recursive: true });
    copyFileSync(realpathSync(library), at);
  }
}
