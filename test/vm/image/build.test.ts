import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import t from 'tap';
import { type GuestImages, guestImages } from '../../../vm/image/guest-images.js';
import { requires } from '../../require.js';
import { ownCache, testGuest } from './own-cache.js';

t.setTimeout(580_000);

const need = { commands: ['apt-get', 'dpkg-deb', 'depmod', 'modprobe', 'mksquashfs'] };
const program = join(import.meta.dirname, 'build-program.js');
const plugpull = join(import.meta.dirname, '../../../harness/cli/main.js');
const nobody = 65534;

function build(cache: string, user: { uid?: number; gid?: number } = {}) {
  return execa(process.execPath, [program], {
    cwd: '/',
    env: { XDG_CACHE_HOME: cache, HOME: cache },
    reject: false,
    ...user,
  });
}

/** As people do it, with the guest that is shipped. */
function byCommand(cache: string, ...words: string[]) {
  return execa(process.execPath, [plugpull, 'vm', 'build', ...words], {
    env: { XDG_CACHE_HOME: cache },
    reject: false,
    stdin: 'ignore',
  });
}

/** Everything that was built, by path and content. */
function entriesOf(cache: string): Map<string, Buffer> {
  const folder = join(cache, 'plugpull/vm');
  const paths = ['kernel', 'root'].flatMap((kind) =>
    readdirSync(join(folder, kind), { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)),
  );
  return new Map(paths.sort().map((path) => [path, readFileSync(join(folder, path))]));
}

function differences(one: Map<string, Buffer>, other: Map<string, Buffer>): string[] {
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].filter((name) => {
    const content = one.get(name);
    return content === undefined || other.get(name)?.equals(content) !== true;
  });
}

function leftovers(cache: string): string[] {
  return readdirSync(join(cache, 'plugpull/vm')).filter((name) => name.startsWith('making-'));
}

/** Command lines of processes that name a folder. */
function processesNaming(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(folder));
}

t.test('an ordinary user, root, and builds that were killed all make the same bytes', async (t) => {
  if (!requires(t, need)) return;
  // What is downloaded is the user's cache's, so that all of them build of the same packages.
  await guestImages({ kernel: 'cloud', guest: testGuest });
  const base = t.testdir({ first: {}, second: {} });
  const first = ownCache(join(base, 'first'));
  const second = ownCache(join(base, 'second'));

  const user = process.getuid!() === 0 ? { uid: nobody, gid: nobody } : {};
  if (user.uid !== undefined) {
    for (const name of ['', ...readdirSync(second, { recursive: true, encoding: 'utf8' })]) {
      chownSync(join(second, name), user.uid, user.gid);
    }
  }

  await t.test(
    'two at once by the ordinary user: what one builds, the other waits for, both get it',
    async (t) => {
      const both = await Promise.all([build(second, user), build(second, user)]);
      for (const { exitCode, stderr } of both) t.equal(exitCode, 0, String(stderr));
      t.same(both[0].stdout, both[1].stdout);
      // Who builds which part, and whether the other one comes early enough to have to wait, is the machine's.
      const said = both.map(({ stderr }) => String(stderr)).join('\n');
      for (const once of [
        /^choosing modules of /gm,
        /^writing the root image$/gm,
        /^writing the initramfs$/gm,
      ])
        t.equal(said.match(once)?.length, 1, String(once));
      t.same(leftovers(second), []);
      t.match(JSON.parse(String(both[0].stdout)) as GuestImages, { kernelName: 'cloud' });
    },
  );

  await t.test('killed again and again: nothing half is taken for whole, nothing goes on', async (t) => {
    for (const afterMs of [150, 1200, 3500]) {
      const building = build(first);
      await Promise.race([building, sleep(afterMs)]);
      building.kill('SIGKILL');
      await building;
      // A process that was killed with it is there until the machine comes to it.
      for (let i = 0; i < 3000 && processesNaming(first).length > 0; i++) await sleep(100);
      t.same(processesNaming(first), [], `after ${afterMs} ms`);
    }
    const built = await byCommand(first, '--json');
    t.equal(built.exitCode, 0, built.stderr);
    t.match(built.stderr, /^unpacking packages$/m);
    t.equal(built.stderr.match(/writing the root image/g)?.length, 1, 'a step is said once');
    const [images] = (JSON.parse(built.stdout) as { images: GuestImages[] }).images;
    t.ok(existsSync(images!.initramfs));
    t.same(leftovers(first), []);

    const again = await byCommand(first);
    t.equal(again.stderr, '', 'nothing to do');
    t.match(again.stdout, new RegExp(`^cloud: Linux ${images!.kernelRelease}\n  kernel     /`));
  });

  t.same(differences(entriesOf(first), entriesOf(second)), []);
});

t.test('stopped by a signal, a build leaves nothing and says why', async (t) => {
  if (!requires(t, need)) return;
  const cache = ownCache(t.testdir({}));
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = cache;
  t.teardown(() => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
  });
  const controller = new AbortController();
  const reason = new Error('Ctrl-C');
  const building = guestImages({
    kernel: 'cloud',
    guest: testGuest,
    signal: controller.signal,
    onStep: (step) => {
      if (step.startsWith('unpacking packages: 20 ')) controller.abort(reason);
    },
  });
  await t.rejects(building, reason);
  t.same(leftovers(cache), []);
  t.same(processesNaming(cache), []);
});

t.test('a full disk is named, and nothing half stays', async (t) => {
  if (!requires(t, { ...need, root: true })) return;
  const folder = t.testdir({ small: {} });
  const small = join(folder, 'small');
  // How much this machine's cache happens to hold must not matter.
  const own = ownCache(join(folder, 'own'), { downloads: false });
  mkdirSync(join(folder, 'out'));
  // The kernel's package and some of the root's fit, the unpacked root does not.
  const script = [
    `mount -t tmpfs -o size=200m small ${small}`,
    `cp -r ${own}/plugpull ${small}`,
    `XDG_CACHE_HOME=${small} "$@"`,
    'code=$?',
    `ls ${small}/plugpull/vm >${folder}/out/names`,
    'exit $code',
  ].join('\n');
  const { exitCode, stderr } = await execa(
    'unshare',
    ['--mount', 'sh', '-c', script, 'sh', process.execPath, program],
    { reject: false, cwd: '/' },
  );
  t.not(exitCode, 0);
  t.match(
    stderr,
    /UnavailableError: .*the disk is full; make room, or name another folder with XDG_CACHE_HOME=DIR/,
  );
  t.notMatch(readFileSync(join(folder, 'out/names'), 'utf8'), /making-/);
});
