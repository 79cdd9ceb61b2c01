/** The start-up benchmark of the kernel's RAID6: left out, and there where btrfs is asked for RAID5 or RAID6. */
import t from 'tap';
import { cleanRun } from '../../../harness/state/clean.js';
import { RunSpace } from '../../../harness/state/run-space.js';
import { asksForRaid6 } from '../../../vm/uml/raid6.js';
import { umlImages } from '../../../vm/uml/uml-images.js';
import { UmlMachine } from '../../../vm/uml/uml-machine.js';
import { requires } from '../../require.js';
import { umlNeed } from '../live/live-runs.js';

t.test('who asks for it', async (t) => {
  t.ok(asksForRaid6({ fs: 'btrfs', mkfs: ['-m', 'raid6', '-d', 'single'] }));
  t.ok(asksForRaid6({ fs: 'btrfs', mkfs: ['--data=RAID5'] }));
  t.notOk(asksForRaid6({ fs: 'btrfs', mkfs: ['-m', 'raid1'] }), 'copies have no parity');
  t.notOk(asksForRaid6({ fs: 'btrfs', mkfs: [] }));
  t.notOk(asksForRaid6({ fs: 'ext4', mkfs: ['-L', 'raid6'] }));
});

t.test('a guest without and one with it', async (t) => {
  if (!requires(t, { ...umlNeed, commands: [...umlNeed.commands, 'mkfs.btrfs', 'losetup'] })) return;
  process.env.PLUGPULL_STATE_DIR = t.testdir({});
  const space = RunSpace.create();
  t.teardown(() => cleanRun(space.id));
  const images = await umlImages({ kernel: 'uml', root: 'host' });
  for (const raid6 of [false, true]) {
    const machine = new UmlMachine({ images, space, raid6 });
    t.teardown(() => machine.pullPlug());
    await machine.start();
    const sh = async (command: string): Promise<string> => {
      const end = await machine.agent.run(['/bin/sh', '-c', command]);
      const text = (part: string): string => Buffer.from(part, 'base64').toString().trim();
      if (end.exit_code !== 0) throw new Error(`${command}: ${end.exit_code}: ${text(end.stderr)}`);
      return text(end.stdout);
    };
    t.equal(/initcall_blacklist=raid6_init/.test(await sh('cat /proc/cmdline')), !raid6);
    t.equal(await sh('dmesg | grep -c "raid6: using algorithm" || true'), raid6 ? '1' : '0');
    if (!raid6) continue;
    await machine.agent.call('modules', { names: ['loop'] });
    // The two checksums of RAID6 are read when a device is missing.
    const kept =
      await sh(`cd /tmp && mkdir at && for n in 1 2 3; do truncate -s 128M $n && losetup -f $n; done &&
      devices=$(losetup -l -n -O NAME) && mkfs.btrfs -q -m raid6 -d raid6 $devices >/dev/null &&
      mount $(echo $devices | cut -d" " -f1) at && echo kept > at/file && umount at &&
      losetup -d $(echo $devices | cut -d" " -f3) &&
      mount -o degraded $(echo $devices | cut -d" " -f1) at && cat at/file && umount at`);
    t.equal(kept, 'kept');
  }
});
