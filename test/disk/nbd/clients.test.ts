import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { requires } from '../../require.js';
import { serveMemoryDisk } from './served-disk.js';

const run = promisify(execFile);

t.test('nbdinfo understands what is offered', async (t) => {
  if (!requires(t, { commands: ['nbdinfo'] })) return;
  const served = await serveMemoryDisk({
    exportName: 'disk',
    features: { flush: true, fua: false, trim: true, writeZeroes: false, rotational: true },
  });
  t.teardown(() => served.stop());
  for (const name of ['', 'disk']) {
    const { stdout } = await run('nbdinfo', ['--json', `nbd+unix:///${name}?socket=${served.socketPath}`]);
    t.match(JSON.parse(stdout), {
      protocol: 'newstyle-fixed',
      exports: [
        {
          'export-size': 1024 * 1024,
          is_rotational: true,
          can_flush: true,
          can_fua: false,
          can_trim: true,
          can_zero: false,
          can_multi_conn: true,
          block_size_minimum: 512,
          block_size_preferred: 4096,
          block_size_maximum: 32 * 1024 * 1024,
        },
      ],
    });
  }
  await t.rejects(run('nbdinfo', [`nbd+unix:///other?socket=${served.socketPath}`]));
  const list = await run('nbdinfo', ['--list', `nbd+unix:///?socket=${served.socketPath}`]);
  t.match(list.stdout, /export="disk"/);
  t.same(served.faults, []);
});

t.test('nbdcopy writes an image and reads it back', async (t) => {
  if (!requires(t, { commands: ['nbdcopy'] })) return;
  const served = await serveMemoryDisk({ sizeBytes: 8 * 1024 * 1024 });
  t.teardown(() => served.stop());
  const folder = t.testdir();
  const image = Buffer.alloc(8 * 1024 * 1024);
  // Half of it zeros, which nbdcopy sends as WRITE_ZEROES.
  for (let at = 0; at < image.length / 2; at++) image[at] = (at * 31) >> 7;
  writeFileSync(join(folder, 'image'), image);
  const uri = `nbd+unix:///?socket=${served.socketPath}`;
  await run('nbdcopy', ['--flush', '--request-size=1048576', join(folder, 'image'), uri]);
  t.ok(served.disk.content.equals(image));
  t.equal(served.disk.calls.at(-1), 'flush');
  await run('nbdcopy', [uri, join(folder, 'back')]);
  t.ok(readFileSync(join(folder, 'back')).equals(image));
  t.same(served.faults, []);
});
