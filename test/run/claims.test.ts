/**
 * What a run claims beyond its verdicts: each claim where it holds, and nowhere else. Claims that are forced where they
 * do not hold, and claims that do not look at one of their grounds, are shown to be noticed by the same checks.
 */
import t from 'tap';
import { Claims, type Grounds } from '../../harness/run/joining/claims.js';
import { joinFindings, joinNotes } from '../../harness/run/joining/join-verdicts.js';
import type { Finding } from '../../harness/verdict/finding.js';
import type { RecordingMade } from '../../harness/verdict/results.js';

const whole = { exhaustive: true };
const part = { exhaustive: false };
const passing = { outcome: 'pass' as const, coverage: whole, followed: true, undecided: [] };
const breaking = { ...passing, outcome: 'violation' as const };
const losing = { outcome: 'violation' as const, coverage: whole };

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

/** What keeps both engines' searches from being about every crash. */
const lacks: [name: string, grounds: Partial<Grounds>][] = [
  ['the calibration failed', { trusted: false }],
  ['the contract was not judged', { contract: null }],
  ['the contract search was cut', { contract: { ...passing, coverage: part } }],
  ['the calls were not followed, or the acks differ', { contract: { ...passing, followed: false } }],
  ['a file is undecided, and the rest holds', { contract: { ...passing, undecided: ['a'] } }],
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

const recordings: RecordingMade[] = [
  { schedule: 'prompt', write_delay_ms: 0 },
  { schedule: 'commit_pressure', write_delay_ms: 20, commits: 3 },
  { schedule: 'slow_disk', write_delay_ms: 10 },
];
const ofContract = finding({ id: 'C1', evidence: 'contract', model: 'posix' });

type Maker = (grounds: Grounds) => Claims;
const real: Maker = (of) => new Claims(of);

/** One claim: what a run says, and each run that may say it or may not. */
interface Claim {
  name: string;
  isMade: (claims: Claims) => boolean;
  cases: [name: string, holds: boolean, grounds: Partial<Grounds>][];
}

const forbidden = (list: readonly (readonly [string, Partial<Grounds>])[]): Claim['cases'] =>
  list.map(([name, over]) => [name, false, over]);

const brokenContract = lacks.map(
  ([name, over]) =>
    [
      name,
      over.contract && over.contract.outcome === 'pass'
        ? { contract: { ...over.contract, outcome: 'violation' as const } }
        : over,
    ] as const,
);

const joined = (claims: Claims, made = recordings): { findings: Finding[]; notes: string[] } => {
  const findings = joinFindings([ofContract], { findings: [], claims, storage: 'ext4', recordings: made });
  return { findings, notes: joinNotes(findings, claims, 'ext4') };
};

/** A claim about one observed finding: only where something was lost. */
const blame = (found: Finding) => (claims: Claims) =>
  joinNotes([found], claims, 'ext4').some((note) => /is the fault of ext4/.test(note));
const lost = { observed: [losing] };
const untold = { contract: { ...passing, outcome: 'unknown' as const } };
const unknownSomewhere = { contract: { ...untold.contract, undecided: [null] } };
const unknownElsewhere = {
  ...lost,
  contract: { ...passing, outcome: 'unknown' as const, undecided: ['other'] },
};

const claims: Claim[] = [
  {
    name: 'these syncs could go',
    isMade: ({ namesSuperfluous }) => namesSuperfluous,
    cases: [
      ['all was judged, nothing is broken', true, {}],
      ['without a disk', true, { observed: [] }],
      ['a promise is broken', false, { contract: breaking }],
      ['something is lost', false, lost],
      ['the calls cannot be judged', false, untold],
      ...forbidden([...lacks.slice(1), ...lacksObserved]),
    ],
  },
  {
    name: 'masked',
    isMade: (made) => joined(made).findings[0]!.masked,
    cases: [
      ['every crash state keeps it', true, { contract: breaking }],
      ['nothing was recorded', false, { contract: breaking, observed: [] }],
      ['the calls cannot be judged', false, untold],
      ...forbidden([...brokenContract, ...lacksObserved.map(withBroken)]),
    ],
  },
  {
    name: 'no data is lost here',
    isMade: (made) => joined(made).notes.some((note) => /^no data is lost on ext4/.test(note)),
    cases: [
      ['every crash state keeps it', true, { contract: breaking }],
      ['nothing was recorded', false, { contract: breaking, observed: [] }],
      ['the calls cannot be judged', false, untold],
      ...forbidden([...brokenContract, ...lacksObserved.map(withBroken)]),
    ],
  },
  {
    name: 'the fault of the storage',
    isMade: blame(finding({})),
    cases: [
      ['the program asked for all it relies on', true, lost],
      ['the calls are decided for the file that was lost', true, unknownElsewhere],
      ['one state proves a loss', true, { observed: [{ ...losing, coverage: part }] }],
      ['of which file nothing is known is not known', false, { ...lost, ...unknownSomewhere }],
      ['the program relies on more than it was promised', false, { ...lost, contract: breaking }],
      ...forbidden(lacks.map(([name, over]) => [name, { ...lost, ...over }] as const)),
    ],
  },
  {
    name: 'the fault of the storage, of what only its calls show',
    isMade: (made) => made.storageIsAtFault(ofContract),
    cases: [['no crash state showed it', false, lost]],
  },
  {
    name: 'the fault of the storage, of a file below an undecided one',
    isMade: blame(finding({ paths: ['other/below'] })),
    cases: [['undecided', false, unknownElsewhere]],
  },
  {
    name: 'the fault of the storage, of what a checker says',
    isMade: blame(finding({ kind: 'checker', paths: undefined as never })),
    cases: [
      ['undecided', false, unknownElsewhere],
      ['decided', true, lost],
    ],
  },
];

function withBroken([name, over]: [string, Partial<Grounds>]): readonly [string, Partial<Grounds>] {
  return [name, { contract: breaking, ...over }];
}

/** Cases in which what is claimed is not what holds. */
function wrongCases({ name, isMade, cases }: Claim, make: Maker): string[] {
  return cases
    .filter(([, holds, over]) => isMade(make(grounds(over))) !== holds)
    .map(([which]) => `${name}: ${which}`);
}

const allWrong = (make: Maker): string[] => claims.flatMap((claim) => wrongCases(claim, make));

t.test('each claim is made where it holds, and nowhere else', async (t) => {
  for (const claim of claims) t.strictSame(wrongCases(claim, real), [], claim.name);
});

t.test('a claim that is forced where it does not hold is noticed', async (t) => {
  class KeepsAll extends Claims {
    override get storageKeepsAll(): boolean {
      return true;
    }
  }
  class NamesAll extends Claims {
    override get namesSuperfluous(): boolean {
      return true;
    }
  }
  class BlamesAll extends Claims {
    override storageIsAtFault(): boolean {
      return true;
    }
  }
  for (const [name, forced] of [
    ['masked', KeepsAll],
    ['no data is lost here', KeepsAll],
    ['these syncs could go', NamesAll],
    ['the fault of the storage', BlamesAll],
  ] as const) {
    const claim = claims.find((one) => one.name === name)!;
    const where = claim.cases.filter(([, holds]) => !holds).map(([which]) => `${name}: ${which}`);
    t.strictSame(wrongCases(claim, (of) => new forced(of)).sort(), where.sort(), `${name}, everywhere`);
  }
});

t.test('a ground that is not looked at is noticed', async (t) => {
  const blind: Record<string, (of: Grounds) => Grounds> = {
    calibration: (of) => ({ ...of, trusted: true }),
    'contract search': (of) => ({ ...of, contract: of.contract && { ...of.contract, coverage: whole } }),
    'calls followed': (of) => ({ ...of, contract: of.contract && { ...of.contract, followed: true } }),
    undecided: (of) => ({ ...of, contract: of.contract && { ...of.contract, undecided: [] } }),
    'contract outcome': (of) => ({ ...of, contract: of.contract && { ...of.contract, outcome: 'pass' } }),
    'recovered states': (of) => ({
      ...of,
      observed: of.observed.map((one) => ({ ...one, coverage: whole })),
    }),
    'judged states': (of) => ({
      ...of,
      observed: of.observed.map((one) => ({
        ...one,
        outcome: one.outcome === 'unknown' ? 'pass' : one.outcome,
      })),
    }),
    'what is lost': (of) => ({ ...of, observed: of.observed.map((one) => ({ ...one, outcome: 'pass' })) }),
  };
  for (const [ground, without] of Object.entries(blind))
    t.not(allWrong((of) => new Claims(without(of))).length, 0, ground);
});

t.test('masked is said only after recordings of each kind, and says of which', async (t) => {
  const made = new Claims(grounds({ contract: breaking }));
  const every = joined(made);
  t.match(every.findings[0]!.lost.at(-1), /masked: .*3 recordings on ext4 keeps it \(.*pressure.*\)/);
  for (let missing = 0; missing < recordings.length; missing++) {
    const { findings, notes } = joined(
      made,
      recordings.filter((_, index) => index !== missing),
    );
    t.match(findings, [{ masked: false, lost: ['a is missing', /^not seen on ext4, recorded/] }]);
    t.strictSame(notes, []);
  }
  const inVain = recordings.map((one) => (one.commits === undefined ? one : { ...one, commits: 0 }));
  t.match(joined(made, inVain).findings, [{ masked: false }], 'a recording whose pressure committed nothing');
});
