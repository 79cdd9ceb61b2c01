/** What file systems make of an fsync that the disk fails; makes docs/failed-fsync.md. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskSizeBytes } from '../../harness/attach/file-system.js';
import { type ProbedStorage, probeConfig } from '../../harness/probe/config.js';
import { probeFailedSync } from '../../harness/probe/failed-sync/failed-sync.js';
import { faultKinds } from '../../harness/probe/failed-sync/failing-disk.js';
import { prefilledDisk } from '../../harness/probe/lane/base-disk.js';
import { umlKernel, umlKernelLabel } from '../../vm/image/uml-kernel.js';
import { umlSeat } from '../../vm/probe/uml-seat.js';
import { checkoutFolder } from '../checkout.js';
import { type Campaign, CampaignFailure } from './campaign.js';
import { type FailedFsyncRow, failedFsyncPage } from './failed-fsync-page.js';

const page = join(checkoutFolder, 'docs/failed-fsync.md');
const memoryMib = 256;

const { storage: storages } = probeConfig.parse({
  storage: [
    { name: 'ext4', fs: 'ext4' },
    { name: 'ext4 data=journal', fs: 'ext4', mount: 'data=journal' },
    { name: 'xfs', fs: 'xfs' },
    { name: 'btrfs', fs: 'btrfs' },
    { name: 'f2fs', fs: 'f2fs' },
  ],
});

export const failedFsync: Campaign = {
  name: 'failed-fsync',
  about: 'an fsync that meets EIO, on each file system of User-mode Linux; makes docs/failed-fsync.md',
  async run({ only, signal, say }) {
    const kernel = await umlKernel('uml', { signal, onStep: say });
    const rows: FailedFsyncRow[] = [];
    for (const storage of storages.filter(({ name }) => only === null || name!.includes(only))) {
      signal.throwIfAborted();
      rows.push(...rowsOf(storage, kernel, say));
    }
    const wrong = rows.filter(
      ({ fault, first, crashed }) => fault === 'none' && (first !== 'ok' || crashed !== 'new'),
    );
    if (wrong.length > 0)
      throw new CampaignFailure(
        `without a fault fsync owes the new page, and did not give it: ${JSON.stringify(wrong)}`,
      );
    if (only === null) writeFileSync(page, failedFsyncPage(rows, umlKernelLabel(kernel)));
    const lying = rows.filter(
      ({ fault, second, crashed }) => fault !== 'none' && second === 'ok' && crashed !== 'new',
    );
    return `${rows.length} rows; the second fsync says yes and the page is lost: ${lying.map(({ storage, fault }) => `${storage} (${fault})`).join(', ') || 'nowhere'}`;
  },
};

function rowsOf(
  storage: ProbedStorage,
  kernel: Awaited<ReturnType<typeof umlKernel>>,
  say: (text: string) => void,
): FailedFsyncRow[] {
  return faultKinds.map((fault) => {
    const laneFolder = mkdtempSync(join(tmpdir(), 'plugpull-failed-fsync-'));
    const sizeBytes = diskSizeBytes(storage);
    // A guest for each: an error is reported once to each open file, and some file systems stay shut.
    const seat = umlSeat({ kernel, laneFolder, memoryMib, processor: null }, sizeBytes, {
      spaceFolder: laneFolder,
      ...{ laneFolder, storage },
    });
    try {
      const base = prefilledDisk(sizeBytes);
      const made = seat.run([base], { type: 'make' }, () => {});
      if (made.type !== 'made') throw new CampaignFailure(`${storage.name}: ${JSON.stringify(made)}`);
      const row = { storage: storage.name!, ...probeFailedSync(seat, base, fault) };
      say(`${row.storage}, ${fault}: ${JSON.stringify(row)}`);
      return row;
    } finally {
      seat.close();
      rmSync(laneFolder, { recursive: true, force: true });
    }
  });
}
