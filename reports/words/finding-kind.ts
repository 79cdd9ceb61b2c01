import type { FindingKind } from '../../harness/verdict/finding.js';

/** What a kind of finding means and what is commonly done about it. */
export interface KindWords {
  title: string;
  meaning: string;
  remedy: string;
}

const programKinds: Record<FindingKind, KindWords> = {
  durability: {
    title: 'Acknowledged data does not survive a power cut',
    meaning:
      'The program said that something is safe, and a power cut after that can lose it: nothing had made it durable.',
    remedy:
      'Call fsync on the file, and on its directory when its name is new, before saying so. A rename is durable once its directory is synced.',
  },
  atomicity: {
    title: 'A file can be found half old, half new',
    meaning:
      'A file was promised to be a whole version at any time; a power cut can leave a mixture, or nothing.',
    remedy:
      'Write to a temporary file beside it, fsync that, rename it over the name, then fsync the directory.',
  },
  ordering: {
    title: 'A later change can survive without an earlier one',
    meaning:
      'The program relies on an order that nothing asked for: between two syncs, changes survive in any order.',
    remedy: 'Sync the earlier change before making the later one.',
  },
  corruption: {
    title: 'The file system does not come back',
    meaning: 'After a power cut the disk does not mount, or its file system is found damaged.',
    remedy:
      'This is the storage, not the program: look for barriers switched off, or a disk that lies about flushes.',
  },
  checker: {
    title: 'The checker rejects what a power cut leaves',
    meaning:
      'The checker of the scenario looked at a state that a power cut can leave and said that a promise is broken.',
    remedy: 'Look at the state with plugpull mount, or at what the checker printed.',
  },
  fsync_error: {
    title: 'A failed sync was taken for a success',
    meaning:
      'A sync call failed, and the program went on as if its data were safe; calling it again does not help.',
    remedy: 'Treat a failed fsync as the loss of what it covered: write it anew from memory, or stop.',
  },
};

/** Of a probe: nobody acknowledged anything there, and no program can mend it. */
const storageDurability: KindWords = {
  title: 'The storage does not keep what it owes',
  meaning:
    'A call that owes durability had returned, and a power cut after that can lose what it covered; or a power cut damages what no call was under way for.',
  remedy:
    'This is the storage, not a program: look for barriers switched off, for a disk that lies about flushes, or run on another file system.',
};

/** @param ofStorage a storage was tested, not a program on it */
export function kindWords(kind: FindingKind, ofStorage: boolean): KindWords {
  return ofStorage && kind === 'durability' ? storageDurability : programKinds[kind];
}

/** The rule a finding falls under. */
export function ruleId(evidence: 'contract' | 'observed', kind: FindingKind): string {
  return `${evidence}/${kind}`;
}
