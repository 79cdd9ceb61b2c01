// PostgreSQL in a container of testcontainers, whose disk loses its power: what was committed is there afterwards, in every
// state that the power cut could have left. As root, with an engine on this machine:
//
//   TESTCONTAINERS_RYUK_DISABLED=true node --test examples/testcontainers/postgres.test.mjs
import assert from 'node:assert/strict';
import test from 'node:test';
import { CrashDisk } from 'plugpull/testcontainers';
import { GenericContainer, Wait } from 'testcontainers';

const data = '/var/lib/postgresql/data';

test('what PostgreSQL has committed survives a power cut', async () => {
  const disk = await CrashDisk.create({ size: '512MiB', traces: 'crash-traces' });
  const postgres = await new GenericContainer(process.env.POSTGRES_IMAGE ?? 'postgres:17')
    .withEnvironment({ POSTGRES_HOST_AUTH_METHOD: 'trust', PGDATA: `${data}/pg` })
    .withBindMounts([disk.at(data)])
    .withNetworkMode('none')
    .withWaitStrategy(Wait.forSuccessfulCommand('pg_isready -h 127.0.0.1'))
    .start();
  disk.holds(postgres);
  try {
    const psql = async (sql) => {
      const words = ['psql', '-h', '127.0.0.1', '-U', 'postgres', '-v', 'ON_ERROR_STOP=1', '-qAtc', sql];
      const { output, exitCode } = await postgres.exec(words);
      assert.equal(exitCode, 0, output);
      return output.trim().split('\n').filter(Boolean);
    };
    const rows = () => psql('select name from row order by name');
    await psql('create table row (name text primary key)');
    for (const name of ['row 1', 'row 2', 'row 3'])
      await disk.ack(name, () => psql(`insert into row values ('${name}')`));

    const crash = await disk.cut({ lose: 'all' });
    assert.deepEqual(crash.warnings, [], 'nothing switches syncing off');
    await crash.restart();
    assert.deepEqual(await rows(), crash.acks);

    // Afterwards: the other states that this power cut could have left, up to a number of them.
    const { states, exhaustive } = await disk.verify(
      async ({ acks }) => assert.deepEqual(await rows(), acks),
      { states: Number(process.env.STATES ?? 10) },
    );
    console.log(`${states} crash states${exhaustive ? ', which are all' : ''}`);
  } finally {
    await postgres.stop();
    await disk.close();
  }
});
