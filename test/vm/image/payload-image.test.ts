import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import t from 'tap';
import { payloadImage } from '../../../vm/image/payload-image.js';
import { requires } from '../../require.js';

const need = { commands: ['sqfstar', 'unsquashfs', 'tar'] };

/** Paths in an image with mode and owner, links with their target; the root left out. */
async function listing(image: string): Promise<string[]> {
  const { stdout } = await execa('unsquashfs', ['-llnumeric', image]);
  return stdout
    .split('\n')
    .map((line) => /^(\S+) (\S+) +\d+ \S+ \S+ squashfs-root\/(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, mode, owner, path]) => `${mode} ${owner} ${path}`);
}

async function content(image: string, path: string): Promise<string> {
  return (await execa('unsquashfs', ['-cat', image, path])).stdout;
}

t.test('folders and files go where they are said to, as root’s, with their modes and links', async (t) => {
  if (!requires(t, need)) return;
  const folder = t.testdir({
    work: {
      'run.py': 'print(1)',
      'a & b, c.txt': 'odd',
      sub: { deep: 'x' },
      'plugpull-results': { old: 'x' },
    },
    tool: 'binary',
  });
  chmodSync(join(folder, 'work/run.py'), 0o755);
  chmodSync(join(folder, 'work/sub'), 0o700);
  chmodSync(join(folder, 'work'), 0o755);
  chmodSync(join(folder, 'tool'), 0o755);
  symlinkSync('./run.py', join(folder, 'work/link'));
  const out = join(folder, 'payload.sqfs');
  t.equal(
    await payloadImage({
      folders: [
        { path: join(folder, 'work'), at: '/workloads/mine, too' },
        { path: join(folder, 'tool'), at: 'bin/my-tool' },
      ],
      out,
    }),
    out,
  );
  t.strictSame(
    (await listing(out)).sort(),
    [
      '-rw-r--r-- 0/0 workloads/mine, too/a & b, c.txt',
      '-rwxr-xr-x 0/0 bin/my-tool',
      '-rwxr-xr-x 0/0 workloads/mine, too/run.py',
      'drwx------ 0/0 workloads/mine, too/sub',
      'drwxr-xr-x 0/0 bin',
      'drwxr-xr-x 0/0 workloads',
      'drwxr-xr-x 0/0 workloads/mine, too',
      '-rw-r--r-- 0/0 workloads/mine, too/sub/deep',
      'lrwxrwxrwx 0/0 workloads/mine, too/link -> ./run.py',
    ].sort(),
  );
  t.equal(await content(out, 'workloads/mine, too/run.py'), 'print(1)');
  t.equal(await content(out, 'bin/my-tool'), 'binary');
  t.same(
    readdirSync(folder).filter((name) => name.startsWith('.')),
    [],
    'nothing is left beside the image',
  );
});

t.test('one folder inside another can go elsewhere; where two meet, the first wins', async (t) => {
  if (!requires(t, need)) return;
  const folder = t.testdir({ app: { main: '1', test: { data: '2' } }, other: { main: '3', more: '4' } });
  const out = join(folder, 'payload.sqfs');
  await payloadImage({
    folders: [
      { path: join(folder, 'app'), at: 'app' },
      { path: join(folder, 'app/test'), at: 'data' },
      { path: join(folder, 'other'), at: 'app' },
    ],
    out,
  });
  t.equal(await content(out, 'app/main'), '1');
  t.equal(await content(out, 'app/more'), '4');
  t.equal(await content(out, 'app/test/data'), '2');
  t.equal(await content(out, 'data/data'), '2');
});

t.test('no folder gives an empty image; an image there is replaced', async (t) => {
  if (!requires(t, need)) return;
  const folder = t.testdir({ 'payload.sqfs': 'old' });
  const out = join(folder, 'payload.sqfs');
  await payloadImage({ folders: [], out });
  t.same(await listing(out), []);
});

t.test('a path that is not there is named, and nothing is written', async (t) => {
  if (!requires(t, need)) return;
  const folder = t.testdir({});
  await t.rejects(
    payloadImage({ folders: [{ path: join(folder, 'gone'), at: 'x' }], out: join(folder, 'p.sqfs') }),
    { name: 'UsageError', message: /gone: expected a file or folder to take into the guest, found none/ },
  );
  t.same(readdirSync(folder), []);
});

t.test('Ctrl-C ends it and leaves nothing', async (t) => {
  if (!requires(t, need)) return;
  const folder = t.testdir({});
  mkdirSync(join(folder, 'work'));
  for (let index = 0; index < 20; index++)
    writeFileSync(join(folder, `work/${index}`), Buffer.alloc(2 ** 20));
  const controller = new AbortController();
  const reason = new Error('enough');
  const packing = payloadImage({
    folders: [{ path: join(folder, 'work'), at: 'w' }],
    out: join(folder, 'p.sqfs'),
    signal: controller.signal,
  });
  controller.abort(reason);
  await t.rejects(packing, reason);
  t.same(readdirSync(folder), ['work']);
});
