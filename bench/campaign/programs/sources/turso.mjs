// Turso's database: an update goes to the log, and a truncating checkpoint takes it from there into the database.
import { createRequire } from 'node:module';

const [release, what] = process.argv.slice(2);
const { connect } = createRequire(`${process.env.PROGRAMS}/`)(release);
const db = await connect('t.db');
const checkpoint = () => db.exec('pragma wal_checkpoint(truncate)');
if (what === 'setup') {
  await db.exec('create table t (k integer primary key, v text)');
  await db.exec("insert into t values (1, 'old')");
  await checkpoint();
} else {
  await db.exec("update t set v = 'new' where k = 1");
  await checkpoint();
  process.stdout.write('ACK done\n');
}
await db.close();
