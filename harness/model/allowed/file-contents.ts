import type { Content } from '../content.js';
import type { Durability } from '../durability.js';
import type { Effect, SizeEffect } from '../effect.js';
import type { History } from '../history.js';
import { doubtAboutBytes, type Inode } from '../inode.js';
import type { PersistenceModel } from '../persistence-model.js';
import type { CrashMoment } from './crash-moment.js';
import { sizesAfter } from './possible-sizes.js';
import { type FileAtMoment, SettledFile } from './settled-file.js';

/** Which sizes and bytes a crash may leave in each file of a history. */
export class FileContents {
  private readonly effects = new Map<Inode, Effect[]>();
  private readonly settled = new Map<Inode, SettledFile>();
  /** One for each byte and each effect that may have brought it. */
  bytesCompared = 0;
  /** Answers given: by moment, file and content. */
  private readonly answers = new Map<string, Map<Content, boolean>>();

  constructor(
    private readonly history: History,
    private readonly model: PersistenceModel,
    private readonly durable: Durability,
  ) {
    for (const effect of history.effects) {
      if (effect.kind === 'entry') continue;
      const list = this.effects.get(effect.inode);
      if (list) list.push(effect);
      else this.effects.set(effect.inode, [effect]);
    }
  }

  effectsOf(inode: Inode): readonly Effect[] {
    return this.effects.get(inode) ?? [];
  }

  canHold(inode: Inode, content: Content, moment: CrashMoment): boolean {
    if (doubtAboutBytes(inode) !== null) return true;
    const key = `${inode.id} ${moment.begun} ${moment.returned}`;
    let answers = this.answers.get(key);
    if (!answers) {
      answers = new Map();
      this.answers.set(key, answers);
    }
    let answer = answers.get(content);
    if (answer === undefined) {
      const file = this.settledFile(inode).at(moment);
      const isDurable = (effect: Effect): boolean => this.durable.since[effect.id]! < moment.returned;
      answer =
        sizePossible(file, content.size, isDurable) &&
        piecesToJudge(file, content).every((piece) => this.piecePossible(piece, file, content, isDurable));
      answers.set(content, answer);
    }
    return answer;
  }

  private settledFile(inode: Inode): SettledFile {
    let file = this.settled.get(inode);
    if (!file) {
      const enterOf = ({ step }: Effect): number => this.history.steps[step]!.enter;
      const durableFrom = ({ id }: Effect): number => this.durable.since[id]!;
      file = new SettledFile(inode.initial, this.effectsOf(inode), enterOf, durableFrom);
      this.settled.set(inode, file);
    }
    return file;
  }

  /**
   * Each byte on its own. Goes back from the newest effect: a byte may be what any pending one wrote, or the last durable
   * one.
   */
  private piecePossible(
    piece: Piece,
    { bytes: settled, open: effects }: FileAtMoment,
    content: Content,
    isDurable: (effect: Effect) => boolean,
  ): boolean {
    const bytes = content.read(piece.from, piece.to);
    const open = new Uint8Array(bytes.length).fill(1);
    let left = bytes.length;
    /** `at` is counted from the piece's beginning, `from` and `to` from the file's. */
    const settle = (from: number, to: number, accept: (at: number) => boolean, final: boolean): boolean => {
      for (let at = Math.max(0, from - piece.from); at < Math.min(to - piece.from, bytes.length); at++) {
        if (open[at] === 0) continue;
        if (accept(at)) {
          open[at] = 0;
          left--;
        } else if (final) return false;
      }
      return true;
    };
    const moves = effects.filter(isMove).filter((move) => !isDurable(move));
    for (let index = effects.length - 1; index >= 0 && left > 0; index--) {
      const effect = effects[index]!;
      this.bytesCompared += bytes.length;
      const durable = isDurable(effect);
      if (effect.kind === 'size') {
        if (
          effect.to < effect.from &&
          !settle(effect.to, Number.POSITIVE_INFINITY, (at) => bytes[at] === 0, durable)
        )
          return false;
      } else if (effect.kind === 'data') {
        const { offset, length } = effect;
        const anything =
          !durable && !this.model.ordering.size_after_data.value && !this.model.unwritten_reads_zeros.value;
        const acceptAt =
          (start: number) =>
          (at: number): boolean =>
            anything || bytes[at] === (effect.bytes ? effect.bytes[piece.from + at - start] : 0);
        if (!settle(offset, offset + length, acceptAt(offset), durable)) return false;
        for (const { start, from } of placesBefore(moves, effect))
          settle(Math.max(start, from), start + length, acceptAt(start), false);
      }
    }
    const before = settled?.read(piece.from, piece.to);
    return settle(piece.from, piece.to, (at) => bytes[at] === (before?.[at] ?? 0), true);
  }
}

type Move = SizeEffect & { moved: NonNullable<SizeEffect['moved']> };

function isMove(effect: Effect): effect is Move {
  return effect.kind === 'size' && effect.moved !== null;
}

/**
 * Where written bytes may be seen if a crash takes back moves that came before them: each place counts from `from` on.
 *
 * @param moves those that can be lost, in order
 */
function placesBefore(
  moves: readonly Move[],
  { id, offset }: { id: number; offset: number },
): { start: number; from: number }[] {
  const places: { start: number; from: number }[] = [];
  for (let index = moves.length - 1; index >= 0; index--) {
    const { id: movedAt, moved } = moves[index]!;
    if (movedAt > id) continue;
    const starts = [offset, ...places.map(({ start }) => start)];
    places.push(...starts.map((start) => ({ start: start - moved.by, from: moved.from })));
  }
  return places;
}

/** A part of a file that is looked at byte by byte. */
interface Piece {
  from: number;
  to: number;
}

/** Where pieces are nearer to each other than that, looking at what lies between costs less than telling them apart. */
const nearBytes = 1 << 16;

/**
 * Whatever held data; and, where nothing did, one byte for each stretch that the effects treat alike: of bytes that are
 * zeros in all that ever was there, one speaks for its neighbours.
 */
function piecesToJudge({ bytes, open }: FileAtMoment, content: Content): Piece[] {
  const held = [...content.fileBytes().ranges, ...(bytes?.fileBytes().ranges ?? [])].map(
    ({ offset, bytes }) => ({ from: offset, to: offset + bytes.length }),
  );
  const borders = new Set<number>([0]);
  for (const effect of open) {
    if (effect.kind === 'size') borders.add(effect.to);
    else if (effect.kind === 'data' && effect.bytes === null) {
      borders.add(effect.offset);
      borders.add(effect.offset + effect.length);
    } else if (effect.kind === 'data') held.push({ from: effect.offset, to: effect.offset + effect.length });
  }
  const pieces: Piece[] = [];
  const parts = [...held, ...[...borders].map((from) => ({ from, to: from + 1 }))];
  for (const { from, to } of parts.sort((a, b) => a.from - b.from)) {
    const last = pieces.at(-1);
    if (last && from <= last.to + nearBytes) last.to = Math.max(last.to, to);
    else pieces.push({ from, to });
  }
  // The first byte behind each piece speaks for those up to the next.
  return pieces.map(({ from, to }) => ({ from, to: Math.min(to + 1, content.size) }));
}

function sizePossible(
  { sizes, open }: FileAtMoment,
  size: number,
  isDurable: (effect: Effect) => boolean,
): boolean {
  let ranges = sizes;
  for (const effect of open)
    if (effect.kind === 'size') ranges = sizesAfter(ranges, effect, isDurable(effect));
  return ranges.some(([from, to]) => size >= from && size <= to);
}
