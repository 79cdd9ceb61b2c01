/** A repair repairs: made literally in the program, nothing is broken any more. */
import t from 'tap';
import { ack, close, create, directorySynced, judgeWritten, sync, write } from './written-trace.js';

const count = 20;
/** Files made in a new folder, all of them synced where told so. */
function backup(synced: boolean): string[] {
  return [
    'mkdir("bk", 0777) = 0',
    ...Array.from({ length: count }, (_, n) => [
      create(`bk/${n}`),
      write(`bk/${n}`, 'x'),
      ...(synced ? [sync(`bk/${n}`)] : []),
      close(),
    ]).flat(),
  ];
}
const folderSynced = [
  'openat(AT_FDCWD</w>, "bk", O_RDONLY|O_DIRECTORY) = 4</w/bk>',
  'fsync(4</w/bk>) = 0',
  close(4),
];

t.test('a loop: the repair names all of its calls, and made so it repairs', async (t) => {
  const [explanation] = judgeWritten([...backup(false), ack('saved')]).explanations;
  t.strictSame(explanation!.repair!.additions, [
    `fsync(.), fsync(bk), fsync(bk/0) and ${count - 1} more like it before ack 'saved'`,
  ]);
  t.ok(explanation!.repair!.verified);
  const made = judgeWritten([...backup(true), ...folderSynced, ...directorySynced(), ack('saved')]);
  t.match(made, { outcome: 'pass', findings: [] });
});

t.test('what no sync call mends is said', async (t) => {
  const calls = [create('f', 3, 'O_WRONLY|O_TRUNC'), write('f', 'newer'), ack()];
  const [explanation] = judgeWritten(calls, {
    files: { f: 'old' },
    promises: { snapshot: true, atomic: ['f'] },
  }).explanations;
  t.match(explanation!.repair, { verified: false, unrepaired: [/is changed in place/] });
});
