/** What a run claims beyond its verdicts: each claim where it holds, and nowhere else. */
import t from 'tap';
import { Claims, type Grounds } from '../../harness/run/joining/claims.js';
import { joinFindings, joinNotes } from '../../harness/run/joining/join-verdicts.js';
import type { Finding } from '../../harness/verdict/finding.js';
import type { RecordingMade } from '../../harness/verdict/results.js';

const whole = { exhaustive: true };
const part = { exhaustive: false };
const passing = { outcome: 'pass' as const, coverage: whole, followed: true, undecided: [] };
const breaking = { ...passing, outcome: 'violation' as const };

function grounds(over: Partial<Grounds> = {}): Grounds {
  return { contract: passing, observed: [{ outcome: 'pass', coverage: whole }], trusted: true, ...over };
}

function finding(over: Partial<Finding>): Finding {
  return {
    id: 'F1',
    kind: 'durability',
    evidence: 'observed',
    masked: false,
    model: null,
    storage: 'ext4',
    promise: '',
    paths: ['a'],
    lost: ['a is missing'],
    property: '',
    crash_point: null,
    cause: [],
    fix: null,
    reproduce: '',
    ...over,
  };
}

const ofContract = finding({ id: 'C1', evidence: 'contract', model: 'posix' });

/** What keeps both engines' searches from being about every crash. */
const lacks: [name: string, grounds: Partial<Grounds>][] = [
  ['the calibration failed', { trusted: false }],
  ['the contract was not judged', { contract: null }],
  ['the contract search was cut', { contract: { ...passing, coverage: part } }],
  ['the calls were not followed, or the acks differ', { contract: { ...passing, followed: false } }],
  ['a file is mapped for writing', { contract: { ...passing, outcome: 'unknown', undecided: ['a'] } }],
];
const lacksObserved: [name: string, grounds: Partial<Grounds>][] = [
  ['recoveries were cut', { observed: [{ outcome: 'pass', coverage: part }] }],
  ['a recovered state could not be judged', { observed: [{ outcome: 'unknown', coverage: whole }] }],
  [
    'one of several recordings was cut',
    {
      observed: [
        { outcome: 'pass', coverage: whole },
        { outcome: 'pass', coverage: part },
      ],
    },
  ],
];

t.test('these syncs could go', async (t) => {
  t.ok(new Claims(grounds()).namesSuperfluous);
  t.ok(new Claims(grounds({ observed: [] })).namesSuperfluous, 'without a disk');
  for (const [name, over] of [...lacks.slice(1), ...lacksObserved])
    t.notOk(new Claims(grounds(over)).namesSuperfluous, name);
  t.notOk(new Claims(grounds({ contract: breaking })).namesSuperfluous, 'a promise is broken');
  const lost = { observed: [{ outcome: 'violation' as const, coverage: whole }] };
  t.notOk(new Claims(grounds(lost)).namesSuperfluous, 'something is lost');
});

t.test('masked, and no data is lost here', async (t) => {
  const recordings: RecordingMade[] = [
    { schedule: 'prompt', write_delay_ms: 0 },
    { schedule: 'commit_pressure', write_delay_ms: 20, commits: 3 },
    { schedule: 'slow_disk', write_delay_ms: 10 },
  ];
  const joined = (over: Partial<Grounds>): { masked: boolean; notes: string[] } => {
    const claims = new Claims(grounds({ contract: breaking, ...over }));
    const findings = joinFindings([ofContract], { findings: [], claims, storage: 'ext4', recordings });
    return { masked: findings[0]!.masked, notes: joinNotes(findings, claims, 'ext4') };
  };
  t.ok(new Claims(grounds({ contract: breaking })).storageKeepsAll);
  t.match(joined({}), { masked: true, notes: [/^no data is lost on ext4/] });
  const broken = lacks.map(
    ([name, over]) =>
      [
        name,
        over.contract ? { contract: { ...over.contract, outcome: 'violation' as const } } : over,
      ] as const,
  );
  for (const [name, over] of [...broken, ...lacksObserved]) {
    t.notOk(new Claims(grounds({ contract: breaking, ...over })).storageKeepsAll, name);
    t.match(joined(over), { masked: false, notes: [] }, name);
  }
});

t.test('the fault of the storage', async (t) => {
  const observed = [{ outcome: 'violation' as const, coverage: whole }];
  const lost = finding({});
  const blames = (over: Partial<Grounds>, found = lost): boolean => {
    const claims = new Claims(grounds({ observed, ...over }));
    const said = joinNotes([found], claims, 'ext4').some((note) => /is the fault of ext4/.test(note));
    t.equal(said, claims.storageIsAtFault(found), 'what is claimed is said');
    return said;
  };
  t.ok(blames({}));
  for (const [name, over] of lacks) t.notOk(blames(over), name);
  t.notOk(blames({ contract: breaking }), 'the program relies on more than it was promised');
  const unknownElsewhere = { contract: { ...passing, outcome: 'unknown' as const, undecided: ['other'] } };
  t.ok(blames(unknownElsewhere), 'the calls are decided for the file that was lost');
  t.notOk(blames(unknownElsewhere, finding({ paths: ['other/below'] })), 'not for that one');
  t.notOk(
    blames(unknownElsewhere, finding({ kind: 'checker', paths: undefined as never })),
    'nor for a checker',
  );
  t.ok(blames({ observed: [{ outcome: 'violation', coverage: part }] }), 'one state proves a loss');
});
