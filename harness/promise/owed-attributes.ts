/**
 * What POSIX owes of what is neither bytes nor names: mode, owner and extended attributes that a call made durable.
 *
 * The attributes that a file was made with are owed by the first call that covers attributes: fsync of a directory owes
 * the name, and no more. What other calls may change besides is owed to nobody: set-user-ID bits (chown(2), write(2)),
 * and modes under an access control list (acl(5)).
 */
import type { CrashMoment } from '../model/allowed/crash-moment.js';
import type { TreeNode } from '../model/directory-tree.js';
import type { Durability } from '../model/durability.js';
import type { AttributeEffect } from '../model/effect.js';
import type { History, Step } from '../model/history.js';
import type { Inode } from '../model/inode.js';
import { type BytePath, displayPath } from '../syscalls/byte-path.js';
import { accessList, isPromisedXattr } from '../trace/attributes.js';
import { ownerText } from './appearance.js';

/** An attribute that is not as it was made durable, in words, and the call that owed it; null: what setup left. */
export interface AttributeBreach {
  call: Step | null;
  what: string;
}

const privileges = 0o6000;
/** What stands for an attribute that is not there. */
const absent = 'none';

/** One part of a file's attributes: its changes in their order, as text, and what it is at the very end. */
interface Part {
  /** "the mode" */
  name: string;
  changes: { effect: AttributeEffect; from: string | null; to: string | null }[];
  /** null: not known. */
  end: string | null;
  found: string;
}

export class OwedAttributes {
  readonly #changes = new Map<Inode, AttributeEffect[]>();
  /** When an inode got its first name, of what was made. */
  readonly #made = new Map<Inode, number>();

  constructor(
    private readonly history: History,
    private readonly durable: Durability,
  ) {
    const initial = new Set<Inode>([history.root]);
    for (const inode of history.inodes) for (const named of inode.initialEntries.values()) initial.add(named);
    for (const effect of history.effects) {
      if (effect.kind === 'attributes') {
        const known = this.#changes.get(effect.inode);
        if (known) known.push(effect);
        else this.#changes.set(effect.inode, [effect]);
      } else if (
        effect.kind === 'entry' &&
        effect.to &&
        !initial.has(effect.to) &&
        !this.#made.has(effect.to)
      )
        this.#made.set(effect.to, effect.at);
    }
  }

  /** How what is found under a path cannot be this file; null when it can. */
  breach(inode: Inode, path: BytePath, node: TreeNode, moment: CrashMoment): AttributeBreach | null {
    // A link cannot be opened, so no call owes its owner.
    if (inode.kind === 'symlink' || !node.owner) return null;
    const made = this.#made.get(inode);
    const first = made === undefined ? null : this.#covering(inode, made, moment);
    if (made !== undefined && !first) return null;
    for (const part of this.#parts(inode, node)) {
      const values = this.#values(part, moment);
      if (values === null || values.includes(part.found)) continue;
      const last = part.changes.findLast(({ effect }) => this.#isDurable(effect, moment));
      return {
        call: last ? this.#covering(inode, last.effect.at, moment) : first,
        what: `${part.name} of ${displayPath(path)} (${part.found} instead of ${values.join(' or ')})`,
      };
    }
    return null;
  }

  *#parts(inode: Inode, node: TreeNode): Generator<Part> {
    const changes = this.#changes.get(inode) ?? [];
    const isListed = inode.xattrs?.has(accessList) || changes.some(({ xattr }) => xattr?.name === accessList);
    const modes = changes.filter(({ what }) => what === 'mode');
    const isPrivileged = [inode.mode, ...modes.map(({ mode }) => mode?.from ?? 0)].some(
      (mode) => (mode & privileges) !== 0,
    );
    if (!isListed && !isPrivileged)
      yield {
        name: 'the mode',
        changes: modes.map((effect) => ({
          effect,
          from: effect.mode && octal(effect.mode.from),
          to: effect.mode && octal(effect.mode.to),
        })),
        end: inode.modeKnown ? octal(inode.mode) : null,
        found: octal(node.mode),
      };
    yield {
      name: 'the owner',
      changes: changes
        .filter(({ what }) => what === 'owner')
        .map((effect) => ({
          effect,
          from: effect.owner && ownerText(effect.owner.from),
          to: effect.owner && ownerText(effect.owner.to),
        })),
      end: inode.owner && ownerText(inode.owner),
      found: ownerText(node.owner!),
    };
    if (!inode.xattrs) return;
    const text = (value: string | null | undefined): string | null =>
      value === undefined ? null : (value ?? absent);
    for (const name of new Set([
      ...inode.xattrs.keys(),
      ...changes.flatMap(({ xattr }) => xattr?.name ?? []),
    ])) {
      if (!isPromisedXattr(name) || name.startsWith('system.')) continue;
      yield {
        name: `the attribute ${displayPath(name)}`,
        changes: changes
          .filter(({ xattr }) => xattr?.name === name)
          .map((effect) => ({ effect, from: text(effect.xattr!.from), to: text(effect.xattr!.to) })),
        end: text(inode.xattrs.has(name) ? inode.xattrs.get(name) : null),
        found: node.xattrs?.[name] ?? absent,
      };
    }
  }

  /** What the part may be after a crash at that moment: as it was made durable last, or as it was made since; null: any. */
  #values({ changes, end }: Part, moment: CrashMoment): string[] | null {
    const begun = changes.filter(({ effect }) => this.history.steps[effect.step]!.enter < moment.begun);
    const base = changes.length > 0 ? changes[0]!.from : end;
    const last = begun.findLastIndex(({ effect }) => this.#isDurable(effect, moment));
    const values = begun.slice(Math.max(last, 0)).map(({ to }) => to);
    if (last < 0) values.unshift(base);
    return values.some((value) => value === null) ? null : [...new Set(values as string[])];
  }

  /** The first call that returned and covers the attributes a file had from some position on. */
  #covering(inode: Inode, position: number, { returned }: CrashMoment): Step | null {
    return (
      this.history.steps.find(
        ({ sync, enter, exit }) =>
          sync !== null &&
          sync.errno === null &&
          (sync.scope === 'everything' || (sync.scope === 'file' && sync.inode === inode)) &&
          enter > position &&
          exit < returned,
      ) ?? null
    );
  }

  #isDurable(effect: AttributeEffect, { returned }: CrashMoment): boolean {
    return this.durable.since[effect.id]! < returned;
  }
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}
