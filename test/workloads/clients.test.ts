/** The ack clients keep to the protocol: one line, wait for `ok`, stop at `cut`, do nothing where nobody listens. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
// Names the example to the compiler, which then puts it where this test runs it.
import type {} from '../../workloads/clients/example_ack.js';
import { ack, PowerCut } from '../../workloads/clients/plugpull-ack.js';
import { python, runWorkload, skipWithoutTools, workloads } from './workload-run.js';

const folder = mkdtempSync(join(tmpdir(), 'plugpull-clients-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const example = fileURLToPath(new URL('../../workloads/clients/example_ack.js', import.meta.url));

/** A recorder's end of the socket that answers every line with `answer` and remembers what came. */
async function listen(t: { teardown(fn: () => void): void }, answer: string) {
  const received: string[] = [];
  const path = join(mkdtempSync(join(folder, 's-')), 'ack');
  const server = createServer((socket) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      text += piece;
      if (!text.endsWith('\n')) return;
      received.push(text);
      if (answer === '') socket.destroy();
      else for (const character of answer) socket.write(character);
    });
  });
  server.listen(path);
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { path, received };
}

async function finish(child: ChildProcess): Promise<{ exitCode: number | null; stderr: string }> {
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (piece) => {
    stderr += piece;
  });
  const [exitCode] = await once(child, 'close');
  return { exitCode, stderr };
}

function pythonAck(text: string, socket: string | undefined) {
  const script =
    'import sys; sys.path.insert(0, sys.argv[1]); from plugpull_ack import ack; ack(sys.argv[2])';
  return finish(
    spawn(python, ['-B', '-c', script, join(workloads, 'clients'), text], { env: environment(socket) }),
  );
}

function environment(socket: string | undefined): NodeJS.ProcessEnv {
  const { PLUGPULL_ACK: _, ...rest } = process.env;
  return socket === undefined ? rest : { ...rest, PLUGPULL_ACK: socket };
}

async function typescriptAck(text: string, socket: string | undefined): Promise<void> {
  const before = process.env.PLUGPULL_ACK;
  if (socket === undefined) delete process.env.PLUGPULL_ACK;
  else process.env.PLUGPULL_ACK = socket;
  try {
    await ack(text);
  } finally {
    if (before === undefined) delete process.env.PLUGPULL_ACK;
    else process.env.PLUGPULL_ACK = before;
  }
}

t.test('python client', { skip: skipWithoutTools }, async (t) => {
  const ok = await listen(t, 'ok\n');
  t.match(await pythonAck('Größe 3 saved', ok.path), { exitCode: 0, stderr: '' });
  t.same(ok.received, ['Größe 3 saved\n']);
  const cut = await listen(t, 'cut\n');
  t.match(await pythonAck('too late', cut.path), {
    exitCode: 1,
    stderr: /PowerCut: .*before the ack 'too late'/,
  });
  t.same(cut.received, ['too late\n']);
  const mute = await listen(t, '');
  t.match(await pythonAck('x', mute.path), {
    exitCode: 1,
    stderr: /ConnectionError: expected ok or cut.*got b''/,
  });
  const babble = await listen(t, 'okay\n');
  t.match(await pythonAck('x', babble.path), { exitCode: 1, stderr: /ConnectionError: .*got b'okay\\n'/ });
  t.match(await pythonAck('x', join(folder, 'nobody')), { exitCode: 1, stderr: /FileNotFoundError/ });
  t.match(await pythonAck('x', undefined), { exitCode: 0, stderr: '' }, 'nobody asked: nothing happens');
  for (const text of ['two\nlines', 'end\n', 'carriage\rreturn']) {
    t.match(await pythonAck(text, ok.path), {
      exitCode: 1,
      stderr: /ValueError: an ack is one line of text/,
    });
    t.match(await pythonAck(text, undefined), { exitCode: 1 }, 'also where nobody listens');
  }
  t.equal(ok.received.length, 1, 'no rejected text was sent');
});

t.test('typescript client', async (t) => {
  const ok = await listen(t, 'ok\n');
  await typescriptAck('Größe 3 saved', ok.path);
  t.same(ok.received, ['Größe 3 saved\n']);
  const cut = await listen(t, 'cut\n');
  const error = await typescriptAck('too late', cut.path).catch((error: unknown) => error);
  t.type(error, PowerCut);
  t.match(error, { name: 'PowerCut', message: 'the power was cut before the ack "too late"' });
  const mute = await listen(t, '');
  await t.rejects(typescriptAck('x', mute.path), { message: /^expected ok or cut .* got ""$/ });
  const babble = await listen(t, 'okay\n');
  await t.rejects(typescriptAck('x', babble.path), { message: /got "okay\\n"$/ });
  await t.rejects(typescriptAck('x', join(folder, 'nobody')), { code: 'ENOENT' });
  await typescriptAck('x', undefined);
  for (const text of ['two\nlines', 'end\n', 'carriage\rreturn']) {
    await t.rejects(typescriptAck(text, ok.path), {
      name: 'TypeError',
      message: /^an ack is one line of text/,
    });
    await t.rejects(typescriptAck(text, undefined), { name: 'TypeError' });
  }
  t.equal(ok.received.length, 1, 'no rejected text was sent');
});

t.test('examples: synced, then acked', { skip: skipWithoutTools }, async (t) => {
  const bin = mkdtempSync(join(folder, 'bin-'));
  const acked = join(bin, 'acked');
  writeFileSync(join(bin, 'plugpull'), `#!/bin/sh\necho "$*" >> ${acked}\n`);
  chmodSync(join(bin, 'plugpull'), 0o755);

  const cases: { name: string; command: string[]; content: string }[] = [
    {
      name: 'python',
      command: [python, join(workloads, 'clients', 'example_ack.py')],
      content: 'saved by Python\n',
    },
    { name: 'typescript', command: [process.execPath, example], content: 'saved by TypeScript\n' },
    {
      name: 'shell',
      command: ['/bin/sh', join(workloads, 'clients', 'example_ack.sh')],
      content: 'saved by the shell\n',
    },
  ];
  for (const { name, command, content } of cases) {
    const run = runWorkload(command, { env: { PLUGPULL_ACK: '', PATH: `${bin}:${process.env.PATH}` } });
    t.equal(run.exitCode, 0, `${name}: ${run.stderr}`);
    t.same(run.files, { 'notes.txt': content }, name);
    t.same(run.calls, ['write notes.txt', 'fsync notes.txt', 'fsync .'], name);
  }
  t.equal(readFileSync(acked, 'utf8'), 'ack notes.txt saved\n', 'the shell called plugpull ack');

  for (const { name, command } of cases.slice(0, 2)) {
    for (const [answer, exitCode] of [
      ['ok\n', 0],
      ['cut\n', 1],
    ] as const) {
      const server = await listen(t, answer);
      const cwd = mkdtempSync(join(folder, 'disk-'));
      const child = spawn(command[0]!, command.slice(1), { cwd, env: environment(server.path) });
      t.equal((await finish(child)).exitCode, exitCode, `${name} answered ${answer.trim()}`);
      t.same(server.received, ['notes.txt saved\n']);
    }
  }
});
