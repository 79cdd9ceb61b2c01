import { resolve } from 'node:path';
import t from 'tap';
import { scenarioOfCommand } from '../../harness/cli/scenario-options/scenarios-of.js';

t.test('guests, live rounds and the method have options', async (t) => {
  const { scenario } = scenarioOfCommand(['true'], {
    place: 'vm',
    fs: ['ext4,xfs'],
    method: 'dm-log-writes',
    kernel: ['cloud,generic', 'cloud@trixie'],
    root: 'python:3.12-slim',
    'vm-memory': '1GiB',
    'vm-accelerator': 'tcg',
    'vm-crc32c': 'original',
    'vm-recover': 'guest',
    'vm-files': ['/opt/data', 'tool'],
    rounds: 50,
    flakey: 'error_writes,error_reads',
  });
  t.match(scenario, {
    place: 'vm',
    storage: [
      { fs: 'ext4', method: 'dm-log-writes' },
      { fs: 'xfs', method: 'dm-log-writes' },
    ],
    vm: {
      kernel: ['cloud', 'generic', 'cloud@trixie'],
      root: 'python:3.12-slim',
      memory: 2 ** 30,
      accelerator: 'tcg',
      crc32c: 'original',
      recover: 'guest',
      files: ['/opt/data', resolve('tool')],
    },
    live: { rounds: 50, flakey: ['error_writes', 'error_reads'] },
  });
});

t.test('what no key takes is refused', async (t) => {
  for (const values of [
    { method: 'magic' },
    { 'vm-accelerator': 'fast' },
    { 'vm-memory': 'much' },
    { rounds: 0 },
    { flakey: 'random_read_corrupt' },
    { flakey: 'error_reads' },
    { flakey: 'drop_writes,error_writes' },
    { flakey: 'drop_writes,error_reads,error_reads' },
  ]) {
    t.throws(() => scenarioOfCommand(['true'], values), { name: 'UsageError', exitCode: 64 });
  }
});
