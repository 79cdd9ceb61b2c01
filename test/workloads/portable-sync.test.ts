/** portable_sync.py on platforms this machine is not: the module it asks, `fcntl` or `os`, is given another face. */
import { join } from 'node:path';
import t from 'tap';
import { python, runWorkload, skipWithoutTools, workloads } from './workload-run.js';

const program = join(workloads, 'seeds', 'portable_sync.py');

function runAs(disguise: string) {
  const script = `import fcntl, os, runpy, sys\n${disguise}\nrunpy.run_path(${JSON.stringify(program)}, run_name='__main__')`;
  return runWorkload([python, '-c', script]);
}

t.test('portable_sync elsewhere', { skip: skipWithoutTools }, (t) => {
  t.test('F_FULLFSYNC, where it exists, takes the place of fsync', (t) => {
    const run = runAs(
      'fcntl.F_FULLFSYNC = 51\nfcntl.fcntl = lambda fd, command: print("fcntl", command, file=sys.stderr)',
    );
    t.equal(run.exitCode, 0);
    t.equal(run.stderr, 'fcntl 51\nfcntl 51\n');
    t.same(run.calls, ['write settings.txt', 'print Synced settings.txt']);
    t.end();
  });

  t.test('fsync is what is left where F_FULLFSYNC is refused', (t) => {
    const run = runAs(
      'def refuse(fd, command): raise OSError(45, "not supported")\nfcntl.F_FULLFSYNC = 51\nfcntl.fcntl = refuse',
    );
    t.equal(run.exitCode, 0);
    t.same(run.calls, ['write settings.txt', 'fsync settings.txt', 'fsync .', 'print Synced settings.txt']);
    t.end();
  });

  t.test('Windows: no fcntl, and no directory to open', (t) => {
    const run = runAs('sys.modules["fcntl"] = None\nos.name = "nt"');
    t.equal(run.exitCode, 0);
    t.same(run.calls, ['write settings.txt', 'fsync settings.txt', 'print Synced settings.txt']);
    t.end();
  });

  t.end();
});
