import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { cleanRun } from '../../../harness/state/clean.js';
import { RunSpace } from '../../../harness/state/run-space.js';
import { GuestLostError } from '../../../vm/machine/guest-lost.js';
import { umlImages } from '../../../vm/uml/uml-images.js';
import { UmlMachine } from '../../../vm/uml/uml-machine.js';
import { requires } from '../../require.js';

const need = {
  commands: ['setpriv', 'python3', 'mkfs.ext4', 'apt-get', 'dpkg-deb', 'depmod', 'modprobe', 'mksquashfs'],
};
if (!requires(t, need)) process.exit(0);

// It is shown again whenever the machine starts, so it has to last as long.
const teardown = t.teardown.bind(t);
process.env.PLUGPULL_STATE_DIR = t.testdir({});
const space = RunSpace.create();
const images = await umlImages({ kernel: 'uml', root: 'host' });
const machine = new UmlMachine({ images, space });
t.teardown(async () => {
  await machine.pullPlug();
  cleanRun(space.id);
});

async function sh(command: string): Promise<string> {
  const end = await machine.agent.run(['/bin/sh', '-c', command]);
  const text = (part: string): string => Buffer.from(part, 'base64').toString().trim();
  if (end.exit_code !== 0) throw new Error(`${command}: ${end.exit_code}: ${text(end.stderr)}`);
  return text(end.stdout);
}

/** A disk image with ext4, whose checksums are crc32c. */
function image(name: string): string {
  const path = join(space.folder, name);
  execFileSync('mkfs.ext4', ['-q', '-b', '4096', '-O', 'metadata_csum', path, '8M']);
  return path;
}

t.test('its root is the host, read-only, with a layer in memory', async (t) => {
  await machine.start();
  t.match(machine.facts.kernel, /^7\.\d+\.\d+ uml/);
  t.equal(await sh('node -e "console.log(6 * 7)"'), '42', 'interpreters are where they are on the host');
  const mark = `plugpull-${space.id}`;
  await sh(`for d in / /tmp /run /usr ${homedir()}; do echo x > $d/${mark}; done`);
  for (const folder of ['/', '/tmp', '/run', '/usr', homedir()]) {
    t.notOk(existsSync(join(folder, mark)), `${folder} of the host is as it was`);
  }
  t.equal(await sh('ls /tmp'), mark, '/tmp is the own of the guest');
  await t.rejects(sh(`echo x > /run/plugpull/host/tmp/${mark}`), 'nor can it be reached otherwise');
});

t.test("files below the host's /tmp are there when they are asked for", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-shared-'));
  teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'word'), 'hello');
  await machine.showHostFiles([folder]);
  t.equal(await sh(`cat ${folder}/word`), 'hello');
  await t.rejects(sh(`echo x > ${folder}/word`), /Read-only file system/);
});

t.test('a folder is shown whole, also where one inside it was shown before', async (t) => {
  const project = mkdtempSync(join(tmpdir(), 'plugpull-shared-'));
  teardown(() => rmSync(project, { recursive: true }));
  const inside = join(project, 'node_modules/plugpull/workloads');
  mkdirSync(inside, { recursive: true });
  writeFileSync(join(inside, 'word'), 'inner');
  writeFileSync(join(project, 'word'), 'outer');
  await machine.showHostFiles([inside, project]);
  t.equal(await sh(`cat ${project}/word ${inside}/word`), 'outerinner');
  await machine.showHostFiles([join(project, 'word')]);
  t.equal(await sh(`cat ${project}/word`), 'outer', 'a file in it is there already');
});

t.test('a folder that a link leads to is there by both its names', async (t) => {
  const project = mkdtempSync(join(tmpdir(), 'plugpull-shared-'));
  const elsewhere = mkdtempSync(join(tmpdir(), 'plugpull-shared-'));
  for (const folder of [project, elsewhere]) teardown(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(elsewhere, 'seeds'));
  writeFileSync(join(elsewhere, 'seeds/word'), 'linked');
  symlinkSync(elsewhere, join(project, 'scenarios'));
  await machine.showHostFiles([join(project, 'scenarios/seeds'), project]);
  t.equal(await sh(`cat ${project}/scenarios/seeds/word ${elsewhere}/seeds/word`), 'linkedlinked');
});

t.test('a server and its client run in one guest', async (t) => {
  const program = `import socket,threading
s=socket.create_server(('127.0.0.1',0))
threading.Thread(target=lambda:s.accept()[0].sendall(b'pong')).start()
print(socket.create_connection(s.getsockname()).recv(9).decode())`;
  t.equal(await sh(`python3 -c "${program}"`), 'pong');
});

t.test('the fast crc32c is right: a good image mounts, one with a bad checksum does not', async (t) => {
  const good = image('good.img');
  const bad = image('bad.img');
  const content = readFileSync(bad);
  // The last four bytes of the superblock are its checksum.
  content.writeUInt8(content.readUInt8(1024 + 1020) ^ 1, 1024 + 1020);
  writeFileSync(bad, content);
  const source = (path: string) => ({ kind: 'file' as const, path, readOnly: false });
  await machine.addDisk({ serial: 'bad', bus: 'virtio', source: source(bad) });
  const device = await machine.addDisk({ serial: 'good', bus: 'virtio', source: source(good) });
  const badDevice = await machine.agent.call<string>('find_disk', { serial: 'bad' });
  t.not(device, badDevice);
  const mount = (which: string) =>
    machine.agent.call('mount', { device: which, at: '/mnt/image', fs: 'ext4', options: [] });
  await t.rejects(mount(badDevice), { code: 'EBADMSG' });
  await mount(device);
  await sh(
    'mkdir -p /mnt/image/a/b && head -c 300000 /dev/urandom > /mnt/image/a/b/c && sync && umount /mnt/image',
  );
  execFileSync('e2fsck', ['-fn', good]);
  t.ok(
    await sh('cat /tmp/* 2>&1 || true'),
    'it was started again for the second disk: what it had in memory is gone',
  );
});

t.test('calls of any size get through, both ways', async (t) => {
  // Beyond what the serial line's driver takes at once; 128 KiB is the most that one variable may have.
  for (const length of [3000, 5000, 20_000, 120_000]) {
    const env = { TEXT: 'x'.repeat(length) };
    const end = await machine.agent.run(['/bin/sh', '-c', 'printf %s "$TEXT" | wc -c'], { env });
    t.equal(Buffer.from(end.stdout, 'base64').toString().trim(), `${length}`);
  }
  t.equal((await sh('head -c 200000 /dev/zero | tr "\\0" y')).length, 200_000);
});

t.test('a guest that panics is lost with its last words, and leaves nothing', async (t) => {
  await t.rejects(sh('echo c > /proc/sysrq-trigger; sleep 5'), {
    name: GuestLostError.name,
    message: /Kernel panic - not syncing: sysrq triggered crash/,
  });
  t.notOk(machine.alive);
  await machine.pullPlug();
  t.same(readdirSync(machine.folder), ['console.log']);
});
