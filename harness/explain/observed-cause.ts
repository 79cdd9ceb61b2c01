/**
 * Which contract findings explain what a disk lost: the calls are known there, so their sentence is the right one.
 *
 * Assumes nothing of the storage: where no contract finding is about what was lost, either the calls are not known or
 * the program asked for all it relies on (`Grounds.asked`), and then no sentence may say that a call is missing.
 */
import type { JudgedLog } from '../contract/judge-log.js';
import type { Problem } from '../judge/judgement.js';
import { displayPath, isAtOrBelow, isNear, toBytePath } from '../syscalls/byte-path.js';
import type { Finding } from '../verdict/finding.js';

/** What the calls say of one problem. */
export interface Grounds {
  /** The contract findings that explain it, the plainest first. */
  causes: readonly Finding[];
  /** By the calls nothing is missing for it, and all of them were followed and judged. */
  asked: boolean;
}

export const noGrounds: Grounds = { causes: [], asked: false };

export function groundsOf(problem: Problem, contract: JudgedLog | null): Grounds {
  if (contract === null || problem.kind === 'corruption') return noGrounds;
  // As the contract engine names it.
  const path = problem.path === null ? null : displayPath(toBytePath(problem.path));
  const causes = path === null ? checkerCauses(problem, contract) : fileCauses(problem, path, contract);
  if (causes.length > 0) return { causes, asked: false };
  const { followed, coverage, undecided, findings } = contract;
  const isAbout = (other: string): boolean => path === null || isNear(path, other);
  const asked =
    followed &&
    coverage.exhaustive &&
    !undecided.some((other) => other === null || isAbout(other)) &&
    !findings.some(({ paths }) => paths === undefined || paths.some(isAbout));
  return { causes, asked };
}

function checkerCauses({ kind }: Problem, { findings }: JudgedLog): Finding[] {
  return kind === 'checker' ? findings.filter((finding) => finding.kind === 'checker') : [];
}

/** A name is lost with its directory's entry, or with that of a directory above it; content with the file's own bytes. */
function fileCauses({ failure, breach }: Problem, path: string, contract: JudgedLog): Finding[] {
  const { findings, breaches } = contract;
  const about = findings.filter(({ paths = [] }) => paths.some((other) => isAtOrBelow(path, other)));
  const asksForDirectory = ({ id }: Finding): boolean =>
    breaches.get(id)?.breach.missing?.inode.kind === 'directory';
  const exact = about.filter(({ paths = [] }) => paths.includes(path));
  const isName =
    failure === 'missing' ||
    failure === 'returned' ||
    (failure === 'older' && breach?.manner === 'by name' && breach.rule === 'kept');
  if (isName) {
    const names = about.filter(asksForDirectory);
    const nearest = [...names].sort((a, b) => longest(b, path) - longest(a, path));
    return nearest.length > 0 ? nearest : exact;
  }
  const contents = exact.filter((finding) => !asksForDirectory(finding));
  const sameRule = contents.filter(({ kind }) => (kind === 'atomicity') === (breach?.rule === 'whole'));
  return sameRule.length > 0 ? sameRule : contents;
}

function longest({ paths = [] }: Finding, path: string): number {
  return Math.max(...paths.filter((other) => isAtOrBelow(path, other)).map(({ length }) => length));
}
