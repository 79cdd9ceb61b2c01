/** Source lines of compiled programs: from line tables where there are any, else the function's symbol. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { type ContractResult, runContract } from '../../harness/contract/engine.js';
import { scenario } from '../../harness/scenario/schema/scenario.js';
import { requires } from '../require.js';

const source = `#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int save(const char *name, const char *text) {
  int fd = open(name, O_WRONLY | O_CREAT, 0644);
  if (write(fd, text, strlen(text)) < 0) return 1;
  return close(fd);
}

int main(void) {
  if (save("tmp", "hello") != 0) return 1;
  if (rename("tmp", "config") != 0) return 1;
  puts("saved config");
  return 0;
}
`;

async function judged(t: { teardown(undo: () => void): void }, options: string[]): Promise<ContractResult> {
  const folder = mkdtempSync(join(tmpdir(), 'plugpull-compiled-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'save.c'), source);
  const program = join(folder, 'saver');
  execFileSync('gcc', [...options, '-o', program, join(folder, 'save.c')]);
  return runContract({
    scenario: scenario.parse({ name: 'c', workload: { run: program }, ack: { stdout: '^saved (.*)$' } }),
    workDir: folder,
    env: process.env,
  });
}

const places = ({ findings }: ContractResult): Record<string, string | undefined> =>
  Object.fromEntries(findings.map(({ property, cause }) => [property.split('(')[0]!, cause.at(-1)?.at]));

t.test('with line tables: the line of each call, and a line to add in C', async (t) => {
  if (!requires(t, { commands: ['strace', 'gcc', 'addr2line'] })) return;
  const result = await judged(t, ['-g', '-O0']);
  t.equal(result.outcome, 'violation');
  t.strictSame(places(result), { rename: 'save.c:14', write: 'save.c:8' });
  t.notMatch(result.findings, [{ cause: [{ called_from: String }] }], 'what starts a program calls nothing');
  const patches = result.findings.map(({ patch }) => patch);
  t.match(patches, [
    { after: 'save.c:14', line: /open\("\.", O_RDONLY\)/ },
    { after: 'save.c:8', line: 'if (fsync(fd) != 0) perror("fsync");' },
  ]);
  t.match(result.protocols[0]?.operations, [
    { call: 'creat(tmp)', at: 'save.c:7' },
    { call: 'write(tmp, 0, 5)', at: 'save.c:8' },
    { call: 'rename(tmp, config)', at: 'save.c:14' },
    { kind: 'ack', text: 'config' },
  ]);
});

t.test('without them: the function, and no line to add', async (t) => {
  if (!requires(t, { commands: ['strace', 'gcc'] })) return;
  const result = await judged(t, ['-O0']);
  t.strictSame(places(result), { rename: 'saver:main', write: 'saver:save' });
  t.strictSame(
    result.findings.map(({ patch }) => patch),
    [undefined, undefined],
  );
});

t.test('a stripped program: the offset, and not the nearest name that it exports', async (t) => {
  if (!requires(t, { commands: ['strace', 'gcc'] })) return;
  const result = await judged(t, ['-O0', '-s', '-rdynamic']);
  t.equal(result.outcome, 'violation');
  for (const place of Object.values(places(result))) t.match(place, /^saver\+0x[0-9a-f]+$/);
});
