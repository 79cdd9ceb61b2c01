import type { NameFault } from '../model/allowed/name-puzzle.js';
import type { Step } from '../model/history.js';
import { type BytePath, displayPath } from '../syscalls/byte-path.js';
import type { OwedRules } from './owed-rules.js';

/** What is wrong with a recovered tree, or with a storage that shows none. */
export type OwedFault =
  | NameFault
  /** A durable file is under none of its names. */
  | 'file'
  /** Mode, owner or extended attributes. */
  | 'attributes'
  /** Two durable names of one file lead to two. */
  | 'other_file'
  /** Link counts, or a directory that cannot be emptied. */
  | 'unsound'
  | 'unmountable'
  /** A file in which somebody reads what nobody wrote. */
  | 'foreign_bytes'
  /** A directory that refuses new files. */
  | 'unusable'
  /** What the file system's own checker finds. */
  | 'damage';

/** What a storage did not keep, whether a program ran on it or the probe's workloads. */
export interface OwedBreach {
  /** The texts, or the kernel's own tests: contract and custom are never mixed. */
  rules: OwedRules;
  path: BytePath;
  fault: OwedFault;
  /** The call that owed it; null when it is wrong whatever was called (names that nobody made, what setup left). */
  call: Step | null;
  /** "lost what fsync(dir) owed: the name foo" */
  text: string;
}

/** @param detail what was found, for faults that have something to tell beside their path */
export function owedBreach(
  rules: OwedRules,
  { path = '', fault, call = null }: { path?: BytePath; fault: OwedFault; call?: Step | null },
  detail = '',
): OwedBreach {
  return { rules, path, fault, call, text: textOf({ fault, call }, displayPath(path), detail) };
}

function textOf({ fault, call }: Pick<OwedBreach, 'fault' | 'call'>, path: string, detail: string): string {
  const owed = (what: string): string =>
    call ? `lost what ${call.title} owed: ${what}` : `damaged what no call was under way for: ${what}`;
  switch (fault) {
    case 'name':
      return owed(`the name ${path}`);
    case 'removal':
      return owed(`the removal of ${path}`);
    case 'content':
      return owed(`the content of ${path}`);
    case 'kind':
      return owed(`what ${path} is`);
    case 'unreadable':
      return owed(`${path}, which cannot be read`);
    case 'never_there':
      return owed(`${path}, which nobody made`);
    case 'half_rename':
      return owed(`a rename, of which half is there at ${path}`);
    case 'attributes':
      return owed(detail);
    case 'file': {
      const since = call === null ? 'from the start' : `since ${call.title}`;
      return `lost the file ${path}, durable ${since} and renamed: it is under none of its names`;
    }
    case 'other_file':
      return `made two files of one: ${detail} and ${path} were its names`;
    case 'unsound':
      return `left what the kernel's tests refuse: ${detail}`;
    case 'unmountable':
      return `does not mount after the crash: ${detail}`;
    case 'foreign_bytes':
      return `shows bytes in ${path} that nobody wrote there`;
    case 'unusable':
      return `leaves a directory that cannot be used: ${detail}`;
    case 'damage':
      return `leaves damage: ${detail}`;
  }
}
