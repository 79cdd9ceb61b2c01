import type { FailedSyncResult } from '../../harness/probe/failed-sync/failed-sync.js';

export interface FailedFsyncRow extends FailedSyncResult {
  storage: string;
}

/** docs/failed-fsync.md */
export function failedFsyncPage(rows: readonly FailedFsyncRow[], kernel: string): string {
  const lines = rows.map(
    ({ storage, fault, failed, first, shown, second, rewritten, evicted, made, crashed }) =>
      `| ${[storage, fault, failed, first, shown, second, rewritten ? 'yes' : 'no', evicted, made, crashed].join(' | ')} |`,
  );
  return `# When fsync fails

A page that is durable is written anew, and the disk fails every write of data, every write of metadata, or every flush while the fsync of it runs; then the disk works again. The steps are those of Rebello et al., "Can Applications Recover from fsync Failures?" (USENIX ATC 2020), who asked Linux 5.2. Asked here: Linux ${kernel}. Made by \`npm run campaign -- failed-fsync\`, which also holds that without a fault the new page is there.

- *failed*: requests that the disk failed.
- *fsync*, *again*: what the fsync that met it returned, and the next one of the same descriptor.
- *shows*: what a read shows in between; *evicted*: after the second, once the page cache has let go of what is clean.
- *rewritten*: whether the second wrote the page to the disk. Where it says yes and did not, a page that never reached the disk was taken for clean.
- *makes a file*: whether the file system can still be written to.
- *after a crash*: the page, if the power goes right after the second fsync.

| file system | fault | failed | fsync | shows | again | rewritten | evicted | makes a file | after a crash |
|---|---|---|---|---|---|---|---|---|---|
${lines.join('\n')}

A row in which *again* is ok and *after a crash* is not new is the trap: a program that tries fsync again until it succeeds is told that its data is safe, and it is not.
`;
}
