/** Servers of few words; their client writes to the disks of both, what is on the second after what is on the first. */
export const twoDisks = (firstSyncs: boolean) => ({
  name: 'two-disks',
  nodes: {
    first: { run: 'echo up; exec sleep 6000', ready: { log: '^up$' } },
    second: { run: 'echo up; exec sleep 6000', ready: { log: '^up$' } },
  },
  clients: [
    {
      run: `echo 1 > first/a; ${firstSyncs ? 'sync first/a first; ' : ''}echo 1 > second/a; sync second/a second; echo on both`,
    },
  ],
  ack: { stdout: '^on both$' },
  checker: {
    run: '[ -s second/a ] && [ ! -s first/a ] && { echo only the second has it; exit 1; }; [ $PLUGPULL_ACKS = 0 ] || [ -s second/a ]',
  },
  // Without a journal a sync is few writes, and the product of both disks' states is small.
  storage: [{ size: '16MiB', mkfs: ['-O', '^has_journal'] }],
});
