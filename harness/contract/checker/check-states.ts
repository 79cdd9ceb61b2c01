import type { Judgement } from '../../judge/judgement.js';
import type { DirectoryTree } from '../../model/directory-tree.js';
import { durability, noSyncChanges, type SyncChanges } from '../../model/durability.js';
import type { History } from '../../model/history.js';
import type { PersistenceModel } from '../../model/persistence-model.js';
import type { Explore } from '../../scenario/schema/explore.js';
import type { ProtocolRepair } from '../../verdict/protocol.js';
import type { Coverage } from '../../verdict/results.js';
import type { UnkeptPromise } from '../breach/unkept-promise.js';
import { Additions } from '../repair/additions.js';
import { unrepaired } from '../repair/repair.js';
import { noSourceLines } from '../sources/source-lines.js';
import { Wording } from '../words/wording.js';
import type { Deadlines } from './deadlines.js';
import { PointStates, StatesOfPoints } from './point-states.js';
import type { StateAnswers } from './state-answers.js';
import { causesOf } from './state-causes.js';
import { type StateSearch, searchStates } from './state-search.js';

export interface CheckedStates {
  breaches: UnkeptPromise[];
  /** First reasons why a state's outcome is unknown. */
  unknown: string[];
  /** Rejected states whose cause was not looked for, because there are more causes than a run lists. */
  unexplained: number;
  coverage: Coverage;
  repair: ProtocolRepair | null;
}

export interface CheckStatesOptions {
  history: History;
  model: PersistenceModel;
  explore: Explore;
  answers: StateAnswers;
  /** Where a time was set; else there is none. */
  deadlines?: Deadlines | undefined;
  /** Globs of files that may hold anything. */
  ignored: readonly string[];
}

/** Sync calls are added this many times over, each time for what the ones before left broken. */
const mostRounds = 4;
/** Each addition is left out once, to see whether it is needed; of more than these none is. */
const mostWeighed = 8;

/**
 * What the checker says of the program's own end: nothing was lost there, so a checker that does not accept it cannot
 * judge a crash.
 */
export async function checkEndState(
  history: History,
  /** The directory that was really left; null where only the calls tell. */
  left: DirectoryTree | null,
  answers: StateAnswers,
): Promise<Judgement> {
  const point = { position: history.end, acks: history.acks.length, reason: 'end' as const };
  if (left !== null) return (await answers.of({ key: 'the end', tree: left, point })) ?? { problems: [] };
  const since = new Float64Array(history.effects.length).fill(Number.NEGATIVE_INFINITY);
  const states = new PointStates(
    point,
    { units: [], requires: [] },
    history,
    { since, failedBy: new Map() },
    answers,
  );
  return (await states.answer([])) ?? { problems: [] };
}

/** Shows the checker the crash directories that a model allows of a history with sync calls added or left out. */
export function searchAllowed(options: CheckStatesOptions & { changes: SyncChanges }): Promise<StateSearch> {
  const { history, model, explore, answers, changes, ignored } = options;
  const states = new StatesOfPoints(history, model, durability(history, model, changes), answers, ignored);
  return searchStates(states, answers, explore);
}

/**
 * Shows the checker the crash directories that a model allows, and finds out why it rejects some: the sync call that is
 * missing, and whether adding it helps. States equal in content and acks are shown once, also to judge repairs.
 */
export async function checkStates(options: CheckStatesOptions): Promise<CheckedStates> {
  const { history, model, explore, answers, ignored, deadlines } = options;
  const wording = new Wording(history, model, noSourceLines);
  const judge = async (changes: SyncChanges): Promise<{ search: StateSearch; states: StatesOfPoints }> => {
    const durable = durability(history, model, changes);
    const states = new StatesOfPoints(history, model, durable, answers, ignored);
    return { states, search: await searchStates(states, answers, explore) };
  };
  const causes = ({ search, states }: Awaited<ReturnType<typeof judge>>, changes: SyncChanges) =>
    causesOf(search.broken, states, wording, { changes, mostFindings: explore.max_findings });
  answers.until = deadlines?.search ?? null;
  const judged = await judge(noSyncChanges);
  answers.until = deadlines?.all ?? null;
  const { breaches, unexplained } = await causes(judged, noSyncChanges);
  const { unknown, coverage } = judged.search;
  /** What only shows once the first causes are mended: the same trees were left by those, too. */
  const further: UnkeptPromise[] = [];
  const repair = breaches.length > 0 ? await repairOf(breaches) : null;
  const listed = new Set(breaches.map((breach) => wording.staticPlace(breach)));
  const more = further.filter(
    (breach) => listed.size < explore.max_findings && listed.add(wording.staticPlace(breach)),
  );
  return { breaches: [...breaches, ...more], unknown, unexplained, coverage, repair };

  /** Whether a state that the checker rejected can still be left with other sync calls. */
  function stillPossible(changes: SyncChanges): boolean {
    const { since } = durability(history, model, changes);
    const { broken } = judged.search;
    return broken.some(({ point, choice }) =>
      judged.states
        .unitsAt(point)
        .units.every(({ effect }, index) => choice[index] || since[effect.id]! >= point.position),
    );
  }

  /** null: the time was over before any was tried to the end. */
  async function repairOf(found: readonly UnkeptPromise[]): Promise<ProtocolRepair | null> {
    if (answers.outOfTime) return null;
    const additions = new Additions(history, wording);
    let broken = found;
    let mended = judged.search;
    for (let round = 0; round < mostRounds && broken.length > 0; round++) {
      if (!additions.take(broken)) break;
      const changes = { ...noSyncChanges, added: additions.all() };
      const again = await judge(changes);
      broken = (await causes(again, changes)).breaches;
      further.push(...broken.filter(({ missing }) => missing !== null));
      // What was not looked at is not repaired.
      if (answers.outOfTime) return null;
      mended = again.search;
    }
    if (broken.length === 0 && additions.size > 1 && additions.size <= mostWeighed) {
      for (const place of additions.places()) {
        const changes = { ...noSyncChanges, added: additions.allBut(place) };
        if (stillPossible(changes)) continue;
        const { search } = await judge(changes);
        if (search.broken.length > 0 || answers.outOfTime) continue;
        additions.remove(place);
        mended = search;
      }
    }
    const { states, exhaustive } = mended.coverage;
    return {
      additions: additions.words(),
      verified: broken.length === 0,
      over: `${exhaustive ? 'all ' : ''}${states} crash directories${exhaustive ? '' : ', not all there are'}`,
      ...unrepaired(wording, broken),
    };
  }
}
