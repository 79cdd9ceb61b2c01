/** What a storage owes by the calls that returned: each breach is named by its call, and what no call asked for is owed to nobody. */
import t from 'tap';
import type { CrashMoment } from '../../harness/model/allowed/crash-moment.js';
import { type OwedAnswer, OwedJudge } from '../../harness/promise/owed.js';
import type { OwedRules } from '../../harness/promise/owed-rules.js';
import {
  close,
  create,
  openDirectory,
  pwrite,
  rename,
  replayWritten,
  sync,
  syncDirectory,
  unlink,
  write,
  writtenTree,
} from '../contract/written-trace.js';

type Files = Record<string, string | null>;

const atTheEnd: CrashMoment = { begun: Number.POSITIVE_INFINITY, returned: Number.POSITIVE_INFINITY };

function judge(
  calls: readonly string[],
  {
    before = {},
    after,
    rules = 'posix',
    moment = atTheEnd,
  }: {
    before?: Files;
    after: Files;
    rules?: OwedRules;
    moment?: CrashMoment;
  },
): OwedAnswer {
  const judge = new OwedJudge(replayWritten(calls, before), rules);
  return judge.judge({ nodes: writtenTree(after), unreadable: new Map() }, moment);
}

const silent = { breach: null, undecided: false };
const named = (text: string, rules: OwedRules = 'posix') => ({ breach: { rules, text } });

t.test('each thing that a call owes, named by the call', async (t) => {
  const kept = [openDirectory(), create('f'), write('f', 'whole'), sync('f'), close(), syncDirectory()];
  t.match(judge(kept, { after: { f: 'whole' } }), silent);
  t.match(judge(kept, { after: {} }), named('lost what fsync(.) owed: the name f'));
  t.match(
    judge(kept, { after: { f: 'wh' } }),
    named('lost what fsync(f) owed: the content of f'),
    'its size',
  );
  t.match(
    judge(kept, { after: { f: 'w\0ole' } }),
    named('lost what fsync(f) owed: the content of f'),
    'its bytes',
  );

  const gone = [openDirectory(), unlink('f'), syncDirectory()];
  t.match(judge(gone, { before: { f: 'x' }, after: {} }), silent);
  t.match(
    judge(gone, { before: { f: 'x' }, after: { f: 'x' } }),
    named('lost what fsync(.) owed: the removal of f'),
  );
  t.match(judge(gone, { before: { f: 'x' }, after: { other: 'x' } }), {
    breach: { fault: 'never_there', call: null },
  });
});

t.test('the first of several calls that owed it is named, and none that had not returned', async (t) => {
  const twice = [
    create('f'),
    pwrite('f', 'ab', 0),
    sync('f'),
    sync('f', 'fdatasync'),
    openDirectory(),
    syncDirectory(),
  ];
  t.match(judge(twice, { after: { f: 'a' } }), named('lost what fsync(f) owed: the content of f'));
  const history = replayWritten(twice);
  const synced = history.steps.find((step) => step.sync)!;
  const early = { begun: synced.enter + 1, returned: synced.exit };
  const late = { begun: synced.exit + 1, returned: synced.exit + 1 };
  t.match(judge(twice, { after: { f: 'a' }, moment: early }), silent, 'cut while it was under way');
  t.match(judge(twice, { after: { f: 'a' }, moment: late }), { breach: { fault: 'content' } });
});

// fsync(2): "does not necessarily ensure that the entry in the directory containing the file has also reached disk"
t.test('fsync of a file owes no name', async (t) => {
  const calls = [create('f'), write('f', 'whole'), sync('f')];
  t.match(judge(calls, { after: {} }), silent);
  t.match(
    judge(calls, { after: { f: '' } }),
    { breach: { fault: 'content' } },
    'where it is there, it is whole',
  );
});

// open(2), "Synchronized I/O": the write returns as though followed by fsync; nothing is said of the open before it
t.test('O_SYNC with O_TRUNC owes the write, and neither a name nor the truncation', async (t) => {
  const calls = [create('f', 3, 'O_WRONLY|O_CREAT|O_TRUNC|O_SYNC'), write('f', 'new')];
  const before = { f: 'old and longer' };
  t.match(judge(calls, { before, after: { f: 'new' } }), silent);
  t.match(judge(calls, { before, after: { f: 'new and longer' } }), silent, 'the truncation did not survive');
  t.match(judge(calls, { before, after: { f: 'old and longer' } }), { breach: { fault: 'content' } });
  t.match(judge(calls, { before, after: { f: 'ne' } }), { breach: { fault: 'content' } });
  t.match(judge(calls, { after: {} }), silent, 'a new name');
});

// the same: "writes ... complete according to the requirements of synchronized I/O file integrity", each its own
t.test('an O_SYNC write owes no earlier dirty page', async (t) => {
  const calls = [
    create('f', 3, 'O_WRONLY'),
    pwrite('f', 'B', 4),
    create('f', 5, 'O_WRONLY|O_DSYNC'),
    pwrite('f', 'A', 0, 5),
  ];
  const before = { f: '......' };
  t.match(judge(calls, { before, after: { f: 'A.....' } }), silent);
  t.match(judge(calls, { before, after: { f: '....B.' } }), { breach: { fault: 'content' } });
});

t.test('what was changed since is not owed as it was', async (t) => {
  const kept = [openDirectory(), create('f'), pwrite('f', 'aaaa', 0), sync('f'), syncDirectory()];
  const rewritten = [...kept, pwrite('f', 'bb', 0)];
  t.match(judge(rewritten, { after: { f: 'aaaa' } }), silent);
  t.match(judge(rewritten, { after: { f: 'abaa' } }), silent);
  t.match(judge(rewritten, { after: { f: 'bbab' } }), { breach: { fault: 'content' } }, 'bytes it never had');
  const removed = [...kept, unlink('f')];
  t.match(judge(removed, { after: {} }), silent);
  t.match(judge(removed, { after: { f: 'aaaa' } }), silent);
  const moved = [...kept, rename('f', 'g')];
  for (const after of [{ f: 'aaaa' }, { g: 'aaaa' }, { f: 'aaaa', g: 'aaaa' }, {}] as Files[])
    t.match(judge(moved, { after }), silent, 'POSIX orders no rename across a crash');
});

// fsync(2), ERRORS: nothing is promised by a call that failed
t.test('a call that failed owes nothing', async (t) => {
  const calls = [create('f'), write('f', 'whole'), sync('f', 'fsync', '-1 EIO (Input/output error)')];
  t.match(judge(calls, { before: { f: '' }, after: { f: '' } }), silent);
});

// POSIX, fdatasync: synchronized I/O data integrity completion, which has the size that is needed to read the data
t.test('fdatasync owes data and size', async (t) => {
  const calls = [create('f'), write('f', 'whole'), sync('f', 'fdatasync')];
  t.match(
    judge(calls, { before: { f: '' }, after: { f: 'who' } }),
    named('lost what fdatasync(f) owed: the content of f'),
  );
});

// fsync(2): "all modified in-core data of the file referred to by the file descriptor fd", whatever its names
t.test(
  'a file without a name is owed like any other, whatever a model of a file system excuses',
  async (t) => {
    const calls = [
      create('f', 3, 'O_WRONLY'),
      pwrite('f', 'new', 0),
      rename('g', 'f'),
      sync('f', 'fdatasync'),
    ];
    const before = { f: 'old', g: 'other' };
    t.match(judge(calls, { before, after: { f: 'other' } }), silent);
    t.match(judge(calls, { before, after: { f: 'new', g: 'other' } }), silent);
    t.match(judge(calls, { before, after: { f: 'old', g: 'other' } }), {
      breach: { rules: 'posix', fault: 'content' },
    });
  },
);

t.test('linux: a removed open file stays removed after fsync of its descriptor', async (t) => {
  const calls = [create('f', 3, 'O_WRONLY'), unlink('f'), sync('f')];
  const back = { before: { f: 'x' }, after: { f: 'x' } };
  t.match(judge(calls, back), silent, 'POSIX owes names to who syncs the directory');
  t.match(
    judge(calls, { ...back, rules: 'linux' }),
    named('lost what fsync(f) owed: the removal of f', 'linux'),
  );
  t.match(judge(calls, { before: { f: 'x' }, after: {}, rules: 'linux' }), silent);
  const named2 = ['link("f", "g") = 0', create('f', 3, 'O_WRONLY'), unlink('f'), sync('f')];
  t.match(judge(named2, { ...back, rules: 'linux' }), silent, 'it has another name');
});

t.test('linux: a durable file whose old name was taken anew is under one of its names', async (t) => {
  const calls = [rename('f', 'g'), create('f'), write('f', 'new'), sync('f')];
  const before = { f: 'old' };
  for (const after of [{ f: 'old' }, { g: 'old' }, { f: 'new', g: 'old' }] as Files[])
    t.match(judge(calls, { before, after, rules: 'linux' }), silent);
  t.match(judge(calls, { before, after: { f: 'new' } }), silent, 'POSIX owes no name');
  t.match(judge(calls, { before, after: { f: 'new' }, rules: 'linux' }), {
    breach: { rules: 'linux', fault: 'file', text: /durable from the start and renamed: it is under none/ },
  });
  t.match(
    judge([...calls, unlink('g')], { before, after: { f: 'new' }, rules: 'linux' }),
    silent,
    'it was removed',
  );
  const fresh = [create('f'), write('f', 'old'), sync('f'), close(), ...calls];
  t.match(judge(fresh, { after: { f: 'new' }, rules: 'linux' }), silent, 'its name was never durable');
});

t.test('of what cannot be followed nothing is said', async (t) => {
  const judged = new OwedJudge(
    { ...replayWritten([create('f')]), doubts: [{ path: null, reason: 'io_uring', since: 0 }] },
    'linux',
  );
  const { breach, undecided } = judged.judge(
    { nodes: writtenTree({ x: '' }), unreadable: new Map() },
    atTheEnd,
  );
  t.match({ breach, undecided }, { breach: null, undecided: true });
});

t.test(
  'what is written where bytes were moved to may be seen where they were, until the move is durable',
  async (t) => {
    const collapse = 'fallocate(3</w/f>, FALLOC_FL_KEEP_SIZE|FALLOC_FL_COLLAPSE_RANGE, 2, 2) = 0';
    const calls = [create('f'), collapse, pwrite('f', 'XY', 2)];
    const before = { f: 'aabbcc' };
    t.match(judge(calls, { before, after: { f: 'aabbXY' } }), silent, 'the blocks are the same ones');
    t.match(judge(calls, { before, after: { f: 'aaXY' } }), silent);
    const damaged = named('damaged what no call was under way for: the content of f');
    t.match(judge(calls, { before, after: { f: 'aZbbcc' } }), damaged, 'a byte that nobody wrote');
    t.match(judge(calls, { before, after: { f: 'XYbbcc' } }), damaged, 'a place that was none of theirs');
    const owed = named('lost what fsync(f) owed: the content of f');
    t.match(judge([...calls, sync('f')], { before, after: { f: 'aabbXY' } }), owed, 'the move is durable');

    const insert = 'fallocate(3</w/f>, FALLOC_FL_INSERT_RANGE, 2, 2) = 0';
    const inserted = [create('f'), insert, pwrite('f', 'XY', 4)];
    t.match(judge(inserted, { before: { f: 'aabb' }, after: { f: 'aaXY' } }), silent);
    t.match(judge(inserted, { before: { f: 'aabb' }, after: { f: 'XYbb' } }), damaged);
  },
);
