/** How both engines' findings of one run are joined: which are shown, which are masked, and what only both say. */
import t from 'tap';
import { hasUnshown, joinFindings, joinNotes } from '../../harness/run/joining/join-verdicts.js';
import type { Finding } from '../../harness/verdict/finding.js';
import type { RecordingMade } from '../../harness/verdict/results.js';

function finding(over: Partial<Finding>): Finding {
  return {
    ...{ id: 'F1', kind: 'durability', evidence: 'observed', masked: false, model: null, storage: 'ext4' },
    ...{ promise: '', paths: ['a'], lost: ['a is missing'], property: '', crash_point: null, cause: [] },
    ...{ fix: null, reproduce: '' },
    ...over,
  };
}

const ofContract = (over: Partial<Finding> = {}): Finding =>
  finding({ id: 'C1', evidence: 'contract', model: 'posix', ...over });
const checkers = { kind: 'checker', paths: undefined as never } as const;
const every: RecordingMade[] = [
  { schedule: 'prompt', write_delay_ms: 0 },
  { schedule: 'commit_pressure', write_delay_ms: 20, commits: 3 },
  { schedule: 'slow_disk', write_delay_ms: 10 },
];

const joined = (
  contract: Finding,
  observed: Finding[],
  { keepsAll = true, recordings = every } = {},
): Finding =>
  joinFindings([contract], {
    findings: observed,
    claims: { storageKeepsAll: keepsAll },
    storage: 'ext4',
    recordings,
  })[0]!;

/** Of the contract; observed; whether the one shows the other. */
const pairs: [what: string, contract: Partial<Finding>, observed: Partial<Finding>, isShown: boolean][] = [
  ['the same file', {}, {}, true],
  ['another one', {}, { paths: ['b'] }, false],
  ['one whose name only begins so', {}, { paths: ['ab'] }, false],
  ['a file below the directory', { paths: ['d'] }, { paths: ['d/a'] }, true],
  ['the directory above it', { paths: ['d/a'] }, { paths: ['d'] }, false],
  ['one of several files', { paths: ['a', 'b'] }, { paths: ['c', 'b'] }, true],
  ['the whole file system', { paths: ['a'] }, { kind: 'corruption', paths: undefined as never }, true],
  ['the whole file system, of a checker', checkers, { kind: 'corruption' }, true],
  ['both a checker\u2019s, whatever the files', checkers, checkers, true],
  ['a checker\u2019s and a file', checkers, {}, false],
  ['a file and a checker\u2019s', {}, checkers, false],
  ['a file, and a checker that names it', {}, { ...checkers, paths: ['a'] }, false],
  ['a checker that names it, and a file', { ...checkers, paths: ['a'] }, {}, false],
  ['neither names a file', { paths: undefined as never }, { paths: undefined as never }, false],
];

t.test('what is shown is not masked, and says by which finding; what is not shown is', async (t) => {
  for (const [what, contract, observed, isShown] of pairs) {
    const { masked, lost } = joined(ofContract(contract), [finding({ ...observed, id: 'F7' })]);
    t.equal(masked, !isShown, what);
    t.match(lost.at(-1), isShown ? /^lost on ext4, too: see F7$/ : /^masked: every crash state of 3/, what);
    t.equal(hasUnshown([ofContract(contract)], [finding(observed)]), !isShown, `${what}: looked for further`);
  }
  const { lost } = joined(
    ofContract(),
    ['F1', 'F2', 'F3'].map((id) => finding({ id, paths: [id === 'F2' ? 'b' : 'a'] })),
  );
  t.equal(lost.at(-1), 'lost on ext4, too: see F1, F3', 'those that show it, and no others');
});

t.test('masked takes every crash state, of recordings of each kind', async (t) => {
  const part = joined(ofContract(), [], { keepsAll: false });
  t.match(part, {
    masked: false,
    lost: ['a is missing', 'not seen on ext4, of which not every crash state was judged'],
  });
  const one = joined(ofContract(), [], { recordings: every.slice(0, 1) });
  t.match(one, {
    masked: false,
    lost: ['a is missing', /^not seen on ext4, recorded .*: under another schedule/],
  });
  const elsewhere = joined(ofContract(), [], { recordings: [] });
  t.match(elsewhere, { masked: false, lost: ['a is missing', /^not seen on ext4, recorded elsewhere/] });
  const both = joined(ofContract(), [finding({})], { keepsAll: false });
  t.match(both, { masked: false, lost: ['a is missing', /^lost on ext4, too/] }, 'one state proves a loss');
});

t.test('another recording is made as long as one violation is not shown', async (t) => {
  const two = [ofContract(), ofContract({ paths: ['b'] })];
  t.equal(hasUnshown(two, [finding({})]), true, 'one of two is not');
  t.equal(hasUnshown(two, [finding({ paths: ['b'] }), finding({})]), false, 'each by another one');
  t.equal(hasUnshown([], [finding({})]), false, 'there is none');
  t.equal(hasUnshown(two, []), true, 'nothing was seen');
});

t.test('whose fault a loss is, and that nothing is lost', async (t) => {
  type Answers = { keepsAll?: boolean; atFault?: string[] };
  const notes = (findings: Finding[], { keepsAll = true, atFault = [] }: Answers = {}): string[] =>
    joinNotes(
      findings,
      {
        storageKeepsAll: keepsAll,
        namesSuperfluous: true,
        storageIsAtFault: ({ id }: Finding) => atFault.includes(id),
      } as never,
      'ext4',
    );
  const lost = [finding({}), finding({ id: 'F2', paths: ['b'] })];
  const fault = (what: string): string[] => [
    `the program asked for everything it relies on: ${what} is the fault of ext4`,
  ];
  t.strictSame(notes(lost, { atFault: ['F1', 'F2'] }), fault('what is lost'));
  t.strictSame(
    notes(lost, { atFault: ['F2'] }),
    fault('F2: what is lost there'),
    'only what it is at fault for',
  );
  t.strictSame(notes(lost), [], 'nobody knows whose');
  t.strictSame(
    notes([ofContract()], { atFault: ['C1'] }),
    [],
    'what no crash state showed is nobody\u2019s loss',
  );
  const masked = ofContract({ masked: true });
  const nothingLost = /^no data is lost on ext4/;
  t.match(notes([masked]), [nothingLost]);
  t.match(notes([masked, ofContract({ id: 'C2', masked: true })]), [nothingLost]);
  t.strictSame(notes([]), [], 'there was nothing to lose');
  t.strictSame(notes([masked, ofContract({ id: 'C2' })]), [], 'one is not masked');
  t.strictSame(notes([ofContract()]), [], 'none is');
  t.strictSame(notes([masked, finding({ masked: true })]), [], 'something else was lost');
  t.strictSame(notes([masked], { keepsAll: false }), [], 'not every crash state was judged');
});
