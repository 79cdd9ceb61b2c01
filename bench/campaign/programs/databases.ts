/** Programs that keep a database: tinydb, LMDB, gdbm, Turso and DuckDB. */
import {
  debian,
  type Expected,
  kept,
  lost,
  masked,
  npm,
  type RealProgram,
  safe,
  whole,
} from './real-program.js';

type Asked = Pick<RealProgram, 'calls' | 'kept' | 'whole'>;

const python = (program: string): string => `/usr/bin/python3 "$PROGRAMS/${program}"`;
const node = (program: string): string => `node "$PROGRAMS/${program}"`;

/** Twenty keys of one transaction: all with the new value, or all with the old one. `mdb_dump` looks, without Python. */
const lmdbIsWhole = ['bbbb', 'cccc']
  .map((value) => `[ "$(mdb_dump -p . 2>/dev/null | grep -c ${value})" = 20 ]`)
  .join(' || ');
/** The table of readers is made anew by whoever opens the database first. */
const lmdbPromises = ['none', 'ignore:lock.mdb'];

const lmdb = (name: string, mode: string, asked: Asked): RealProgram => ({
  name,
  version: debian('liblmdb0'),
  pinned: '0.9.24',
  setup: `${python('lmdb_put.py')} sync a && ${python('lmdb_put.py')} sync b`,
  run: `${python('lmdb_put.py')} ${mode} c`,
  ...asked,
});

const gdbm = (name: string, put: string, calls: string, expected: Expected): RealProgram => ({
  name,
  version: debian('libgdbm6'),
  pinned: '1.23',
  setup: `${python('gdbm_put.py')} c k a 3000`,
  run: `${python('gdbm_put.py')} ${put}`,
  calls,
  kept: kept('db', expected),
  whole: null,
});

const turso = (release: string, pinned: string, calls: string, expected: Expected): RealProgram => ({
  name: `@tursodatabase/database ${release}, truncating checkpoint`,
  version: npm(`turso-${release}`),
  pinned,
  setup: `${node('turso.mjs')} turso-${release} setup`,
  run: `${node('turso.mjs')} turso-${release} checkpoint`,
  calls,
  kept: kept('t.db', expected),
  whole: null,
});

const duckdb = (name: string, setup: string, what: string, asked: Asked): RealProgram => ({
  name: `@duckdb/node-api, ${name}`,
  version: npm('@duckdb/node-api'),
  pinned: '1.4.1',
  setup,
  run: `${node('duckdb.mjs')} ${what}`,
  ...asked,
});

export const databases: readonly RealProgram[] = [
  {
    name: 'tinydb',
    version: debian('python3-tinydb'),
    pinned: '3.15',
    setup:
      "/usr/bin/python3 -c \"from tinydb import TinyDB; db = TinyDB('db.json'); db.insert({'a': 'x' * 5000}); db.insert({'b': 1})\"",
    run: '/usr/bin/python3 "$PROGRAMS/tiny.py"',
    calls: 'write(db.json, shorter), fsync(db.json), ftruncate(db.json)',
    kept: kept('db.json', lost),
    whole: whole('python3 -c "import json; json.load(open(\'db.json\'))" 2>/dev/null', lost),
  },
  // The root of the tree goes last, through a descriptor of its own with O_DSYNC.
  lmdb('LMDB', 'sync', {
    calls: 'writev(data.mdb), fdatasync(data.mdb), pwrite(data.mdb, meta; O_DSYNC)',
    kept: kept('data.mdb', safe),
    whole: whole(lmdbIsWhole, safe, lmdbPromises),
  }),
  // The root goes through an ordinary descriptor: after a crash it is the new one or the old one.
  lmdb('LMDB, MDB_NOMETASYNC', 'nometasync', {
    calls: 'writev(data.mdb), fdatasync(data.mdb), pwrite(data.mdb, meta)',
    kept: kept('data.mdb', lost),
    whole: whole(lmdbIsWhole, safe, lmdbPromises),
  }),
  // The new root overwrites a block that is there, in place on ext4 and xfs, while the pages make the file longer and
  // wait. btrfs overwrites nothing, and takes up both in the commit after their common write-back.
  lmdb('LMDB, MDB_NOSYNC', 'nosync', {
    calls: 'writev(data.mdb), pwrite(data.mdb, meta)',
    kept: kept('data.mdb', lost),
    whole: whole(
      lmdbIsWhole,
      { contract: 'violation', observed: { ext4: 'violation', xfs: 'violation', btrfs: 'pass' } },
      lmdbPromises,
    ),
  }),
  // The synchronous mode of gdbm 1.23 syncs when its header changed, which a value of the same length leaves alone.
  gdbm('gdbm, synchronous, value as long replaced', 'ws k b 3000', 'stores(db, MAP_SHARED)', lost),
  gdbm(
    'gdbm, synchronous, new key',
    'ws j b 3000',
    'write(db, zeros), stores(db, MAP_SHARED), msync(MS_SYNC)',
    safe,
  ),
  gdbm(
    'gdbm, value replaced, then gdbm_sync',
    'w k b 3000 sync',
    'stores(db, MAP_SHARED), msync(MS_SYNC)',
    safe,
  ),
  // The log that has the transaction is gone for good before the database that took it up is safe.
  turso('0.3', '0.3.2', 'pwrite(t.db), ftruncate(t.db-wal, 0), fsync(t.db-wal)', lost),
  turso('0.7', '0.7.2', 'pwrite(t.db), fsync(t.db), ftruncate(t.db-wal, 0), fsync(t.db-wal)', safe),
  // The log is a new file, whose name nobody syncs: fsync takes it along, though POSIX does not say so.
  duckdb('commit', `${node('duckdb.mjs')} setup`, 'commit', {
    calls: 'write(d.duckdb.wal), fsync(d.duckdb.wal)',
    kept: kept('d.duckdb.wal', masked),
    whole: null,
  }),
  duckdb('COPY over a file', 'seq 1 1000 > out.csv', 'copy', {
    calls: 'write(tmp_out.csv), unlink(out.csv), rename(tmp_out.csv, out.csv)',
    kept: kept('out.csv', lost),
    whole: whole(
      ['1000', '1999'].map((last) => `[ "$(tail -n 1 out.csv 2>/dev/null)" = ${last} ]`).join(' || '),
      lost,
    ),
  }),
];
