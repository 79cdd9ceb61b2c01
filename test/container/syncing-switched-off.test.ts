/** Settings of test images that switch syncing off are noticed, and others are not. */
import t from 'tap';
import { syncingSwitchedOff } from '../../harness/api/testcontainers/syncing-switched-off.js';

t.test('settings that switch syncing off', async (t) => {
  const off: [string[], RegExp][] = [
    [['postgres', '-c', 'fsync=off'], /^fsync=off: PostgreSQL never syncs/],
    [['postgres', '-c', 'synchronous_commit=off'], /answers before it syncs/],
    [['mariadbd', '--innodb-flush-log-at-trx-commit=0'], /MariaDB/],
    [['mongod', '--nosync'], /^--nosync/],
    [['redis-server', '--appendfsync', 'no'], /^--appendfsync no: Redis/],
    [['etcd', '--unsafe-no-fsync'], /etcd/],
    [['LD_PRELOAD=/usr/lib/libeatmydata.so'], /libeatmydata/],
  ];
  for (const [words, meaning] of off) t.match(syncingSwitchedOff(words), [meaning], words.join(' '));
});

t.test('others are let be', async (t) => {
  const on = [
    ['postgres'],
    ['postgres', '-c', 'fsync=on', '-c', 'wal_sync_method=fsync'],
    ['mariadbd', '--innodb-flush-log-at-trx-commit=1', '--sync-binlog=1'],
    ['redis-server', '--appendfsync', 'always'],
    ['etcd', '--data-dir', '/data'],
  ];
  for (const words of on) t.strictSame(syncingSwitchedOff(words), [], words.join(' '));
});
