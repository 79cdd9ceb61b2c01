/** What a whole version is, of a name in a directory and of the same name as links lead to it: one answer. */
import t from 'tap';
import { namesWhere } from '../../harness/promise/atomic-names.js';
import { linkedName } from '../../harness/promise/linked-name.js';
import { type ReadName, wholeVersions } from '../../harness/promise/whole-versions.js';
import {
  ack,
  close,
  create,
  directorySynced,
  judgeWritten,
  rename,
  replayWritten,
  sync,
  unlink,
  write,
  writtenRoot,
} from '../contract/written-trace.js';

const fifo = (name: string): string => `mknodat(AT_FDCWD<${writtenRoot}>, "${name}", S_IFIFO|0600) = 0`;
const newer = (isSynced = true): string[] => [
  ...[create('t', 5), write('t', 'new', 5)],
  ...(isSynced ? [sync('t', 'fsync', '0', 5)] : []),
  ...[close(5), rename('t', 'a')],
];
const cut = create('a', 3, 'O_WRONLY|O_TRUNC');

const cases: {
  of: string;
  calls: string[];
  files?: Record<string, string | null>;
  /** The texts that are whole, then the kinds of what else is, and `nothing` where the name may lead to nothing. */
  whole: string[];
}[] = [
  { of: 'replaced by name', calls: newer(), files: { a: 'old' }, whole: ['"new"', '"old"'] },
  {
    of: 'made and replaced, never written',
    calls: [create('a'), ...newer()],
    whole: ['""', '"new"', 'nothing'],
  },
  {
    of: 'made, written and replaced',
    calls: [create('a'), write('a', 'x'), ...newer()],
    whole: ['"new"', 'nothing'],
  },
  {
    of: 'made and closed, then written',
    calls: [create('a'), close(), create('a'), write('a', 'x')],
    whole: ['""', '"x"', 'nothing'],
  },
  { of: 'made, then written', calls: [create('a'), write('a', 'x')], whole: ['"x"', 'nothing'] },
  {
    of: 'made, acked, then written',
    calls: [create('a'), ack(), write('a', 'x')],
    whole: ['""', '"x"', 'nothing'],
  },
  { of: 'cut and rewritten', calls: [cut, write('a', 'x')], files: { a: 'old' }, whole: ['"old"', '"x"'] },
  {
    of: 'taken away and given anew',
    calls: [unlink('a'), ...newer()],
    files: { a: 'old' },
    whole: ['"new"', '"old"'],
  },
  {
    of: 'taken away, acked, given anew',
    calls: [unlink('a'), ack(), ...newer()],
    files: { a: 'old' },
    whole: ['"new"', '"old"', 'nothing'],
  },
  { of: 'a FIFO before', calls: [fifo('a'), ...newer()], whole: ['"new"', 'nothing', 'special'] },
  {
    of: 'a directory before',
    calls: ['mkdir("a", 0755) = 0', 'rmdir("a") = 0', ...newer()],
    whole: ['"new"', 'directory', 'nothing'],
  },
];

for (const { of, calls, files, whole } of cases) {
  t.test(of, async (t) => {
    const history = replayWritten([...calls, ...directorySynced()], files);
    const shown = (name: ReadName): string[] => {
      const { contents, others, absent } = wholeVersions(history, name);
      const texts = [...contents.values()].map((content) =>
        JSON.stringify(`${content.read(0, content.size)}`),
      );
      return [...texts, ...others, ...(absent ? ['nothing'] : [])].sort();
    };
    const [own] = namesWhere(history, (path) => path === 'a');
    t.same(shown(own!), whole, 'in its directory');
    t.same(shown(linkedName(history, 'a', writtenRoot)), whole, 'as links lead to it');
  });
}

t.test('what it makes of verdicts', async (t) => {
  const judged = (...calls: string[]): string =>
    judgeWritten([...calls, ...directorySynced(), ack()], { promises: { atomic: ['a'] } }).outcome;
  t.equal(
    judged(create('a'), ...newer()),
    'pass',
    'an empty file that keeps the name free is what the program wants',
  );
  t.equal(judged(create('a'), write('a', 'x'), ...newer()), 'violation', 'one that was being written is not');
  for (const before of [[fifo('a')], ['mkdir("a", 0755) = 0', 'rmdir("a") = 0']]) {
    t.equal(judged(...before, ...newer()), 'pass', `${before[0]}: it was there, whole`);
    t.equal(judged(...before, ...newer(false)), 'violation', `${before[0]}: it was never an empty file`);
  }
});
