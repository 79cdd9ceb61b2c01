import type { Effect } from '../../model/effect.js';
import type { History, Step } from '../../model/history.js';
import { type Inode, pathOf } from '../../model/inode.js';
import type { PersistenceModel } from '../../model/persistence-model.js';
import { shellQuote } from '../../scenario/shell-quote.js';
import { displayPath } from '../../syscalls/byte-path.js';
import type { Cause, Finding, Patch } from '../../verdict/finding.js';
import { likewise } from '../../verdict/likewise.js';
import { listLosses, type NamedLoss } from '../../verdict/lost-list.js';
import type { UnkeptPromise } from '../breach/unkept-promise.js';
import { type MissingSync, patchFor, whereElse } from '../patch/patch.js';
import { LoopTurns } from '../sources/loop-turns.js';
import { calledFrom, type SourceLines } from '../sources/source-lines.js';
import { operationNumbers } from './explanation.js';

/** A loop's finding names this many of its operations. */
const mostOperations = 60;

/** A line to add names one directory: of one, two or three each is a finding with a line of its own. */
const fewDirectories = 3;

/** A finding before it has a number. */
export type WordedFinding = Omit<Finding, 'id' | 'storage' | 'reproduce'>;

/** Turns breaches into findings: one for each static place, however often the program came by it. */
export class Wording {
  private turns: LoopTurns | null = null;
  private directories: Map<string, Set<Inode>> | null = null;
  private numbers: ReadonlyMap<number, number> | null = null;

  constructor(
    private readonly history: History,
    private readonly model: PersistenceModel,
    private readonly sources: SourceLines,
  ) {}

  /** `storage`, `reproduce` and the numbering of ids are the caller's. */
  findings(breaches: readonly UnkeptPromise[]): WordedFinding[] {
    return this.worded(breaches).map(({ finding }) => finding);
  }

  /** The same, each with the first of the breaches that it tells. */
  worded(breaches: readonly UnkeptPromise[]): { finding: WordedFinding; breach: UnkeptPromise }[] {
    const groups = new Map<string, UnkeptPromise[]>();
    for (const breach of breaches) {
      const key = this.staticPlace(breach);
      const group = groups.get(key);
      if (group) group.push(breach);
      else groups.set(key, [breach]);
    }
    return [...groups.values()].map((group) => {
      const ordered = strictestFirst(group);
      return { finding: this.finding(ordered), breach: ordered[0]! };
    });
  }

  /** Equal for breaches that come from one place in the program. */
  staticPlace(breach: UnkeptPromise): string {
    const step = this.step(breach);
    const place = step ? (this.sources.placeOf(step.call) ?? this.withoutTurns(step.title)) : '';
    const target = breach.missing ? this.targetPlace(breach) : '';
    // The checker's words differ from state to state: of two that one change of the program would mend, the cause is one.
    if (breach.kind === 'checker' && !breach.missing && breach.fix)
      return `${breach.kind}|${this.withoutTurns(breach.fix)}`;
    return [breach.kind, place, target, breach.sentence ? this.withoutTurns(breach.sentence) : ''].join('|');
  }

  /**
   * Equal for what one place in the program has to sync: a line that writes twelve files lacks one sync call, whatever
   * their names, and so does one that makes names in twelve directories. A checker's words are about no file: of two that one
   * line wrote, perhaps but one matters to it.
   */
  targetPlace(breach: UnkeptPromise): string {
    const { inode } = breach.missing!;
    const path = this.withoutTurns(this.pathBefore(inode, breach));
    const line = breach.path === null ? null : this.lineOf(breach);
    if (line === null) return path;
    if (inode.kind !== 'directory') return `what ${line} wrote`;
    if (this.directoriesOf(line) <= fewDirectories) return path;
    // What a rename takes from one directory it puts into another: both have to be synced.
    const change = breach.effects.findLast((effect) => effect.inode === inode);
    return `where ${line} ${change?.kind === 'entry' && change.to === null ? 'took' : 'made'} a name`;
  }

  /** In how many directories a line changed names. */
  private directoriesOf(line: string): number {
    if (this.directories === null) {
      this.directories = new Map();
      for (const effect of this.history.effects) {
        if (effect.kind !== 'entry') continue;
        const place = this.lineAt(this.history.steps[effect.step]!);
        if (place === null) continue;
        const known = this.directories.get(place);
        if (known) known.add(effect.inode);
        else this.directories.set(place, new Set([effect.inode]));
      }
    }
    return this.directories.get(line)?.size ?? 0;
  }

  private lineOf(breach: UnkeptPromise): string | null {
    const step = this.step(breach);
    return step && this.lineAt(step);
  }

  private lineAt({ call }: Step): string | null {
    const place = this.sources.placeOf(call);
    return place ? `${call.name} in ${place}` : null;
  }

  /** The sync call that a breach asks for: `fsync(config.json.tmp)`. */
  remedy(breach: UnkeptPromise): string | null {
    if (!breach.missing) return null;
    const { inode } = breach.missing;
    const call = inode.kind === 'directory' ? this.model.remedy.directory : this.model.remedy.file;
    return `${call}(${this.pathBefore(inode, breach)})`;
  }

  /** Words without what differs from one turn of a loop to the next. */
  withoutTurns(words: string): string {
    this.turns ??= new LoopTurns(this.history);
    return this.turns.strip(words);
  }

  private finding(group: UnkeptPromise[]): WordedFinding {
    const [breach] = group as [UnkeptPromise];
    const { paths } = pathsOf(group);
    const others = likewise((paths?.length ?? 0) - 1);
    return {
      kind: breach.kind,
      evidence: 'contract',
      masked: false,
      model: this.model.name,
      promise: breach.promise,
      ...(paths ? { paths } : {}),
      lost: listLosses(lossesOf(group)),
      property: `${this.property(breach)}${others}`,
      crash_point: {
        // For a contract finding: the position in the system-call log.
        log_index: breach.ack?.at ?? this.history.end,
        reason: breach.ack ? 'ack' : 'end',
        acks: breach.acks,
        ...(breach.acks > 0
          ? { last_ack: breach.ack?.text ?? this.history.acks[breach.acks - 1]!.text }
          : {}),
      },
      cause: this.causes(breach),
      operations: this.operations(group),
      fix: this.fix(group),
      ...this.patch(group),
    };
  }

  private property(breach: UnkeptPromise): string {
    const before = this.before(breach);
    const step = this.step(breach);
    if (breach.failedStep !== null) {
      const failed = this.history.steps[breach.failedStep]!;
      return `${failed.title} failed with ${failed.sync?.errno ?? 'an error'}: ${step?.title} may never become durable, yet ${before} followed`;
    }
    if (breach.sentence) return breach.sentence;
    return `${step?.title} needs ${this.remedy(breach)} before ${before}`;
  }

  private fix(group: readonly UnkeptPromise[]): string | null {
    const [breach] = group as [UnkeptPromise];
    if (breach.failedStep !== null) {
      return 'after a failed sync, report it and do not acknowledge; to try again, write the data to a new file and sync that: a second fsync of the same file proves nothing';
    }
    if (breach.fix) return breach.fix;
    const remedy = this.remedy(breach);
    if (!remedy) return null;
    const step = this.lastWritten(breach) ?? this.step(breach);
    const where = step ? this.where(step) : '';
    // sync(1) of coreutils makes that very call of what it is given.
    const inShell = this.isForScript(breach, step)
      ? `; in a shell script: sync ${shellQuote(this.pathBefore(breach.missing!.inode, breach))}`
      : '';
    const others = this.targets(group).size - 1;
    const each =
      others > 0 ? `, and so for ${others === 1 ? 'the other one' : `each of the ${others} others`}` : '';
    return `call ${remedy} after ${step?.title}${where} and before ${this.before(breach)}${each}${inShell}${this.elsewhere(group)}`;
  }

  /** Where a line behind the last call would not do: where else. */
  private elsewhere(group: readonly UnkeptPromise[]): string {
    const asked = this.asked(group[0]!);
    return asked && !this.patch(group).patch ? whereElse(asked, this.fileOf(asked.after)) : '';
  }

  /** Whether a shell script can come in between: not where one program that it runs makes both calls. */
  private isForScript({ beforeStep }: UnkeptPromise, step: Step | null): boolean {
    if (!this.sources.isShell || beforeStep === null || step === null) return this.sources.isShell;
    const before = this.history.steps[beforeStep]!;
    // The shell's own calls have no place.
    const isShells = ({ call }: Step): boolean => this.sources.placeOf(call) === null;
    return before.call.pid !== step.call.pid || (isShells(before) && isShells(step));
  }

  private targets(group: readonly UnkeptPromise[]): Set<Inode> {
    return new Set(group.flatMap(({ missing }) => missing?.inode ?? []));
  }

  private patch(group: readonly UnkeptPromise[]): { patch?: Patch } {
    const asked = this.asked(group[0]!);
    // A line that names one directory does not sync the others.
    if (!asked || (asked.target === 'directory' && this.targets(group).size > 1)) return {};
    const patch = patchFor(asked, this.fileOf(asked.after));
    return patch === null ? {} : { patch };
  }

  /** The call that is missing, by the program's own lines; null where none is known. */
  private asked(breach: UnkeptPromise): MissingSync | null {
    const step = this.lastWritten(breach) ?? this.step(breach);
    const after = step ? this.sources.ownLineOf(step.call) : null;
    if (after === null || !breach.missing) return null;
    const { inode } = breach.missing;
    const target = inode.kind === 'directory' ? 'directory' : 'file';
    return { after, target, path: this.pathBefore(inode, breach) };
  }

  private fileOf(place: string): string | undefined {
    return this.sources.files.get(place.replace(/:\d+$/, ''));
  }

  /** ` (save.py:12, called from main.py:3)`; empty where nothing is known. */
  private where({ call }: Step): string {
    const at = this.sources.of(call);
    const caller = this.sources.callerOf(call);
    return at === null ? '' : ` (${at}${caller === null ? '' : `, called from ${caller}`})`;
  }

  private before(breach: UnkeptPromise): string {
    if (breach.beforeStep !== null) return this.history.steps[breach.beforeStep]!.title;
    return breach.ack ? `ack '${breach.ack.text}'` : 'it is relied on';
  }

  private causes(breach: UnkeptPromise): Cause[] {
    return stepsOf(breach, 6).map((index) => {
      const { title, call } = this.history.steps[index]!;
      const open = title.indexOf('(');
      return {
        syscall: call.name,
        args: open < 0 ? title : title.slice(open + 1, -1),
        at: this.sources.of(call) ?? `log:${Math.floor(call.enter)}`,
        ...calledFrom(this.sources.callerOf(call)),
      };
    });
  }

  private operations(group: readonly UnkeptPromise[]): number[] {
    this.numbers ??= operationNumbers(this.history);
    const numbers = new Set<number>();
    for (const breach of group) {
      if (numbers.size >= mostOperations) break;
      for (const step of stepsOf(breach, mostOperations)) {
        const number = this.numbers.get(step);
        if (number !== undefined) numbers.add(number);
      }
    }
    return [...numbers].slice(0, mostOperations).sort((a, b) => a - b);
  }

  /** The step that the sentence is about: the last write of a file's data, the last change of a name. */
  private step(breach: UnkeptPromise): Step | null {
    const { missing } = breach;
    const asked = breach.effects.filter((effect) => missing !== null && effect.inode === missing.inode);
    const about = asked.length > 0 ? asked : breach.effects;
    const effect = about.findLast(({ kind }) => kind === 'data') ?? about.at(-1);
    return effect ? this.history.steps[effect.step]! : null;
  }

  /**
   * The last change of a file that its missing sync call still covers: a call right behind the change whose loss was noticed
   * first would cover that one alone. null where it is not about a file's bytes or size.
   */
  private lastWritten(breach: UnkeptPromise): Step | null {
    const { missing, beforeStep, ack, effects } = breach;
    const isContent = ({ kind, inode }: Effect): boolean =>
      (kind === 'data' || kind === 'size') && inode === missing?.inode;
    if (!effects.some(isContent)) return null;
    const isInTime = ({ step, at }: Effect): boolean =>
      beforeStep === null ? ack === null || at < ack.at : step < beforeStep;
    const last = this.history.effects.findLast((effect) => isContent(effect) && isInTime(effect));
    return last ? this.history.steps[last.step]! : null;
  }

  /** An inode's path when the sync call should have come. */
  private pathBefore(inode: Inode, breach: UnkeptPromise): string {
    const last = breach.effects.findLast((effect) => effect.inode === inode);
    return displayPath(last?.path ?? pathOf(inode));
  }
}

/** Of one path: a sync call before the ack comes too late where another change must not overtake what it covers. */
function strictestFirst(group: readonly UnkeptPromise[]): UnkeptPromise[] {
  const [first] = group;
  const strictest = group.find(({ beforeStep, path }) => beforeStep !== null && path === first!.path);
  return strictest ? [strictest, ...group.filter((breach) => breach !== strictest)] : [...group];
}

/** What each breach loses. Where one path is damaged in another way at another ack, the line says so. */
function lossesOf(group: readonly UnkeptPromise[]): NamedLoss[] {
  const firstAt = new Map<string, UnkeptPromise>();
  return group.map((breach) => {
    const { path, lost, ack } = breach;
    if (path === null) return { path, lines: lost };
    const first = firstAt.get(path) ?? breach;
    firstAt.set(path, first);
    if (first.ack === ack) return { path, lines: lost };
    const others = lost.filter((line) => !first.lost.includes(line));
    return { path, lines: others.map((line) => `at another ack: ${line}`) };
  });
}

/** The calls at fault: the last ones with effects that may be missing, and those they had to be durable for. */
function stepsOf(breach: UnkeptPromise, most: number): number[] {
  const steps = new Set<number>(breach.keptStep === undefined ? [] : [breach.keptStep]);
  for (const { step } of breach.effects.slice(-most)) steps.add(step);
  if (breach.failedStep !== null) steps.add(breach.failedStep);
  if (breach.beforeStep !== null) steps.add(breach.beforeStep);
  return [...steps];
}

/** The names the breaches are about; none when they are a checker's. */
function pathsOf(breaches: readonly UnkeptPromise[]): { paths?: string[] } {
  const paths = [...new Set(breaches.flatMap(({ path }) => (path === null ? [] : [path])))];
  return paths.length > 0 ? { paths } : {};
}
