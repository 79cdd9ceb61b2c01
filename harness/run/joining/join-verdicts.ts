/**
 * Joins what the two engines say of one run: which contract findings this storage shows, and which it masks.
 *
 * A contract finding is shown when an observed one is about the same file (or about one below it, or about the whole
 * file system), or when both are a checker's. What is not shown is masked, but only where every crash state was
 * recovered, of recordings under each kind of schedule: part of them proves nothing.
 */

import { triesEachKind } from '../../capture/schedule.js';
import { isAtOrBelow } from '../../syscalls/byte-path.js';
import type { Finding } from '../../verdict/finding.js';
import type { RecordingMade } from '../../verdict/results.js';
import { scheduleWords } from '../recording/recordings.js';
import type { Claims } from './claims.js';

export interface ObservedSide {
  findings: readonly Finding[];
  /** What may be claimed of this run. */
  claims: Pick<Claims, 'storageKeepsAll'>;
  storage: string;
  recordings: readonly RecordingMade[];
}

/** The contract's findings with `masked`, and with what the replay engine adds to them. */
export function joinFindings(contract: readonly Finding[], observed: ObservedSide): Finding[] {
  return contract.map((finding) => {
    const shownBy = observed.findings.filter((other) => isShownBy(finding, other)).map(({ id }) => id);
    const { storage } = observed;
    const tried = observed.recordings.filter(({ commits }) => commits !== 0);
    const everySchedule = triesEachKind(tried.map(({ schedule }) => schedule));
    const masked = shownBy.length === 0 && observed.claims.storageKeepsAll && everySchedule;
    const recordings = observed.recordings.map(scheduleWords).join(', ');
    const remark =
      shownBy.length > 0
        ? `lost on ${storage}, too: see ${shownBy.join(', ')}`
        : masked
          ? `masked: every crash state of ${observed.recordings.length} recordings on ${storage} keeps it (${recordings}); another file system need not`
          : observed.claims.storageKeepsAll
            ? `not seen on ${storage}, recorded ${recordings || 'elsewhere'}: under another schedule of the kernel's write-back it may be`
            : `not seen on ${storage}, of which not every crash state was judged`;
    return { ...finding, masked, lost: [...finding.lost, remark] };
  });
}

/** Does the contract have a violation that no observed finding shows? Then another recording may show it. */
export function hasUnshown(contract: readonly Finding[], observed: readonly Finding[]): boolean {
  return contract.some((finding) => !observed.some((other) => isShownBy(finding, other)));
}

/** What only both verdicts together say. */
export function joinNotes(findings: readonly Finding[], claims: Claims, storage: string): string[] {
  const observed = findings.filter(({ evidence }) => evidence === 'observed');
  const atFault = observed.filter((finding) => claims.storageIsAtFault(finding));
  if (atFault.length > 0) {
    const what =
      atFault.length === observed.length ? 'what is lost' : `${listed(atFault)}: what is lost there`;
    return [`the program asked for everything it relies on: ${what} is the fault of ${storage}`];
  }
  const allMasked = findings.length > 0 && findings.every(({ masked }) => masked);
  if (observed.length > 0 || !allMasked || !claims.storageKeepsAll) return [];
  return [
    `no data is lost on ${storage}: the program relies on more than it was promised, and gets away with it here`,
  ];
}

function listed(findings: readonly Finding[]): string {
  return findings.map(({ id }) => id).join(', ');
}

function isShownBy(contract: Finding, observed: Finding): boolean {
  if (observed.kind === 'corruption') return true;
  if (contract.kind === 'checker' || observed.kind === 'checker') return contract.kind === observed.kind;
  return (contract.paths ?? []).some((path) =>
    (observed.paths ?? []).some((other) => isAtOrBelow(other, path)),
  );
}
