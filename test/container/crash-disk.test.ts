/** A disk whose power a test cuts: what was synced is there afterwards, what was not is lost, and the container starts again on it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { CrashDisk } from '../../harness/api/testcontainers/index.js';
import type { Engine } from '../../harness/container/engine.js';
import { Bench } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { engineFor, engineNeed, makeImage } from './with-engine.js';

const image = 'plugpull-test/writer';
/** Each start is a line that is synced, and one that is not. */
const program =
  'cd /data && echo start >>synced && sync synced . && echo start >>unsynced && : >begun && exec sleep 600';

/** As testcontainers has it: started, with the disk mounted; waits for its own sign. */
async function start(engine: Engine, disk: CrashDisk) {
  const { source, target } = disk.at('/data');
  const { Id } = await engine.json<{ Id: string }>('POST', '/containers/create', {
    body: {
      Image: image,
      Cmd: ['/bin/sh', '-c', program],
      HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'bind', Source: source, Target: target }] },
    },
  });
  const begun = async (): Promise<void> => {
    while (!existsSync(join(source, 'begun'))) await delay(10);
  };
  await engine.text('POST', `/containers/${Id}/start`);
  await begun();
  return {
    getId: () => Id,
    restart: async () => {
      // The sign of an earlier start may have outlived the cut.
      rmSync(join(source, 'begun'), { force: true });
      await engine.text('POST', `/containers/${Id}/restart?t=0`);
      await begun();
    },
    remove: () => engine.text('DELETE', `/containers/${Id}?force=1`),
  };
}

t.test('power is cut under a container, and comes back', async (t) => {
  if (!requires(t, engineNeed)) return;
  const engine = await engineFor(t);
  await makeImage(engine, image, { programs: ['sync', 'sleep'] });
  const bench = new Bench();
  t.teardown(() => bench.close());
  process.env.DOCKER_HOST = engine.address;
  process.env.PLUGPULL_STATE_DIR = bench.stateFolder;
  const disk = await CrashDisk.create({
    size: '64MiB',
    // Nothing but what is written here waits in the disk's cache.
    mount: ['commit=300'],
    traces: join(bench.folder, 'traces'),
  });
  const { source } = disk.at('/data');
  const container = await start(engine, disk);
  try {
    disk.holds(container);
    const lines = (name: string): number =>
      existsSync(join(source, name)) ? readFileSync(join(source, name), 'utf8').split('\n').length - 1 : 0;
    await disk.ack('started');
    let done = (): void => {};
    const open = disk.ack(
      'under way',
      () =>
        new Promise<void>((resolve) => {
          done = resolve;
        }),
    );
    open.catch(() => {});
    const crash = await disk.cut({ lose: 'all' });
    t.match(crash, { acks: ['started'], maybe: ['under way'] });
    t.equal(crash.lostWrites, crash.pendingWrites);
    t.equal(lines('synced'), 1, 'what was synced is there');
    t.equal(lines('unsynced'), 0, 'what was not is lost');
    await crash.restart();
    t.equal(lines('synced'), 2, 'the container runs on what is left');
    done();
    await t.rejects(open, /the power went before ack "under way"/);
    await disk.ack('again');
    // In the disk's cache, and nowhere else: a write that nobody flushes.
    const overwrite = ['if=/dev/zero', `of=${join(source, 'direct')}`, 'bs=4096', 'count=1', 'oflag=direct'];
    writeFileSync(join(source, 'direct'), 'a'.repeat(4096), { flush: true });
    execFileSync('sync', ['--file-system', source]);
    execFileSync('dd', [...overwrite, 'conv=notrunc', 'status=none']);
    const second = await disk.cut({ lose: 'none' });
    t.strictSame(second.acks, ['started', 'again'], 'acks of before count on');
    t.equal(lines('synced'), 2);
    t.strictSame(second.warnings, []);
    const first = (): string => readFileSync(join(source, 'direct'), 'latin1')[0]!;
    t.equal(first(), '\0', 'nothing is lost');
    const seen: string[] = [];
    const verified = await disk.verify(async ({ acks }) => {
      seen.push(first());
      t.strictSame(acks, ['started', 'again']);
      t.equal(lines('synced'), 3, 'the container was started on it');
    });
    t.strictSame(verified, { states: seen.length, exhaustive: true });
    t.strictSame([...new Set(seen)].sort(), ['\0', 'a'], 'each state that the cut could have left');
    const failing = disk.verify(async () => assert.equal(first(), '\0', 'an old page is back'));
    const error = await failing.then(
      () => null,
      (thrown: Error) => thrown,
    );
    t.equal(error?.name, 'CrashStateError', `${error?.message}`);
    t.match(
      error?.message,
      /an old page is back[\s\S]*power cut .*after 2 acks[\s\S]*4096 bytes at sector \d+: direct, from byte 0/,
    );
    await t.rejects(disk.ack('more'), /no power/);
    const { exitCode, stdout } = await bench.plugpull([
      ...['check', crash.trace!, '--out', join(bench.folder, 'out'), '--no-calibrate', '--lanes', '1'],
      ...[
        '--engine',
        'replay',
        '--checker',
        '[ "$PLUGPULL_ACKS" = 0 ] || test -s synced',
        '--budget',
        'recoveries=20',
        '--audit',
        '0',
      ],
    ]);
    t.equal(exitCode, 0, `all crash states of that recording: ${stdout}`);
  } finally {
    await container.remove();
    await disk.close();
  }
  t.strictSame(bench.leftovers(), []);
});
