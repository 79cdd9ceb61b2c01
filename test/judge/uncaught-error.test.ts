/** How programs end by errors that nobody caught, by the interpreters that are here. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { endedByUncaughtError } from '../../harness/judge/uncaught-error.js';
import { requires } from '../require.js';

const said = (command: string, option: string, program: string): string =>
  spawnSync(command, [option, program], { encoding: 'utf8' }).stderr;

t.test('Python', async (t) => {
  if (!requires(t, { commands: ['python3'] })) return;
  const python = (program: string): boolean => endedByUncaughtError(said('python3', '-c', program));
  t.ok(python('1/0'));
  t.ok(python('assert False'));
  t.ok(python('try: 1/0\nexcept Exception as x: raise KeyError(1) from x'), 'caused by another');
  t.notOk(python('raise SystemExit("f is lost")'));
  t.notOk(
    python(
      'import traceback\ntry: 1/0\nexcept Exception: traceback.print_exc()\nraise SystemExit("f is lost")',
    ),
    'printed, and gone on with',
  );
});

t.test('Node.js', async (t) => {
  const node = (program: string): boolean => endedByUncaughtError(said(process.execPath, '-e', program));
  t.ok(node('throw new Error("x")'));
  t.ok(node('throw "x"'));
  t.ok(node('Promise.reject(new TypeError("x"))'));
  t.ok(node('throw new Error("x", { cause: new Error("y") })'));
  t.notOk(node('console.error(new Error("x")); process.exit(1)'), 'printed');
});

t.test('others, as they print it', async (t) => {
  t.ok(endedByUncaughtError('Exception in thread "main" java.lang.Error: x\n\tat A.main(A.java:1)\n'));
  t.ok(
    endedByUncaughtError(
      'Exception in thread "main" a.B\n\tat A.a(A.java:1)\nCaused by: c.D\n\t... 1 more\n',
    ),
  );
  t.ok(endedByUncaughtError("check.rb:3:in `<main>': undefined local variable `x' (NameError)\n"));
  t.notOk(endedByUncaughtError(''));
  t.notOk(endedByUncaughtError('WARNING: an illegal reflective access\n'));
});
