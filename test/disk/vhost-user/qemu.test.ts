/**
 * A real QEMU at the server: its firmware finds the disk, boots from it, and the boot sector copies a sector. No kernel
 * is needed, and the server runs from the event loop, as in the process of the recorded disk.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { requires } from '../../require.js';
import { ServedDisk } from './served-disk.js';

/** 16-bit code: read sector 2 (counted from 1, as the BIOS does), write it to sector 3, halt. */
const bootCode = [
  ...[0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0], // ds = es = 0
  ...[0xbb, 0x00, 0x7e], // buffer 0x7e00
  ...[0xb8, 0x01, 0x02, 0xb9, 0x02, 0x00, 0x30, 0xf6, 0xcd, 0x13], // read
  ...[0xb8, 0x01, 0x03, 0xb9, 0x03, 0x00, 0x30, 0xf6, 0xcd, 0x13], // write
  ...[0xfa, 0xf4, 0xeb, 0xfd], // halt
];
const limitMs = 500_000;

t.test('QEMU boots from the disk, reads and writes', async (t) => {
  if (!requires(t, { commands: ['qemu-system-x86_64'] })) return;
  const served = new ServedDisk({ sizeBytes: 16 * 1024 * 1024 });
  Buffer.from(bootCode).copy(served.disk.content);
  served.disk.content.writeUInt16LE(0xaa55, 510);
  const wanted = Buffer.from(Array.from({ length: 512 }, (_, n) => (n * 7) & 0xff));
  wanted.copy(served.disk.content, 512);
  const running = served.poll.run((fault) => served.faults.push(fault));
  const qemu = spawn(
    'qemu-system-x86_64',
    [
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-m', '64M', '-accel', 'tcg'],
      ...[
        '-object',
        'memory-backend-memfd,id=memory,size=64M,share=on',
        '-machine',
        'pc,memory-backend=memory',
      ],
      ...['-chardev', `socket,id=disk,path=${served.socketPath}`],
      ...['-device', 'vhost-user-blk-pci,chardev=disk,num-queues=1,bootindex=1'],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) => qemu.once('exit', () => resolve()));
  const copied = (): boolean => served.disk.content.subarray(1024, 1536).equals(wanted);
  for (const deadline = Date.now() + limitMs; !copied() && Date.now() < deadline; ) await sleep(20);
  t.ok(copied(), 'the boot sector copied sector 2 to sector 3');
  t.ok(served.disk.calls.includes('read 0+512'), 'the firmware read the boot sector');
  t.ok(served.disk.calls.includes('write 1024+512'));
  t.equal(served.server.machines, 1);
  qemu.kill('SIGKILL');
  await ended;
  for (const deadline = Date.now() + limitMs; served.server.machines > 0 && Date.now() < deadline; )
    await sleep(10);
  t.equal(served.server.machines, 0, 'a machine that was killed is gone');
  t.same(served.refusals, []);
  t.same(served.faults, []);
  served.stop();
  await running;
});
