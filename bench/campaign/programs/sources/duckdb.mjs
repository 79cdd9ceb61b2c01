// DuckDB: a transaction that is committed, or a table that is copied to a file.
import { createRequire } from 'node:module';

const { DuckDBInstance } = createRequire(`${process.env.PROGRAMS}/`)('@duckdb/node-api');
const what = process.argv[2];
const instance = await DuckDBInstance.create(what === 'copy' ? ':memory:' : 'd.duckdb', { threads: '1' });
const db = await instance.connect();
if (what === 'setup') {
  await db.run('create table t (k integer, v varchar)');
  await db.run("insert into t values (1, 'old')");
} else {
  if (what === 'commit') await db.run("update t set v = 'new'");
  else await db.run("copy (select range as n from range(2000)) to 'out.csv'");
  process.stdout.write('ACK done\n');
}
db.closeSync();
instance.closeSync();
