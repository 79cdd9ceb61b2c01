/**
 * What a run may claim beyond its two verdicts, and on what grounds. Each claim is a sentence about *all* crashes, so it
 * is made only where the searches it rests on covered all of them: otherwise the sentence would be about what nobody
 * looked at. Assumes that a finding is proven by the one state that shows it.
 */

import type { JudgedLog } from '../../contract/judge-log.js';
import { isNear } from '../../syscalls/byte-path.js';
import type { Finding } from '../../verdict/finding.js';
import type { Outcome } from '../../verdict/outcome.js';
import type { Coverage } from '../../verdict/results.js';

/** One engine's side. */
export interface Judged {
  outcome: Outcome;
  coverage: Pick<Coverage, 'exhaustive'>;
}

export interface Grounds {
  /** null: the contract was not judged. */
  contract: (Judged & Pick<JudgedLog, 'followed' | 'undecided'>) | null;
  observed: readonly Judged[];
  /** The calibration found what was planted. */
  trusted: boolean;
}

export class Claims {
  constructor(private readonly grounds: Grounds) {}

  /** `masked`, `no data is lost here`: every crash state of the recordings was recovered, and each could be judged. */
  get storageKeepsAll(): boolean {
    const { observed, trusted } = this.grounds;
    return (
      trusted &&
      this.contractIsDecided &&
      observed.length > 0 &&
      observed.every(({ outcome, coverage }) => coverage.exhaustive && outcome !== 'unknown')
    );
  }

  /** `these could go`: with every promise judged in every state, none was broken. */
  get namesSuperfluous(): boolean {
    const { contract, observed } = this.grounds;
    const kept = ({ outcome, coverage }: Judged): boolean => outcome === 'pass' && coverage.exhaustive;
    return contract !== null && this.contractIsDecided && kept(contract) && observed.every(kept);
  }

  /**
   * `the fault of the storage`: what this observed finding shows as lost is kept by every state that the contract
   * allows. The loss itself is proven by the one state that shows it; what else is unknown does not matter.
   */
  storageIsAtFault({ kind, evidence, paths }: Finding): boolean {
    const { contract, trusted } = this.grounds;
    if (!trusted || evidence !== 'observed' || contract === null || contract.outcome === 'violation')
      return false;
    if (!contract.followed || !contract.coverage.exhaustive) return false;
    if (kind === 'checker' || kind === 'corruption' || paths === undefined)
      return contract.undecided.length === 0;
    return contract.undecided.every((path) => path !== null && !paths.some((own) => isNear(own, path)));
  }

  /** Nothing of the contract is in doubt: all states were judged, by what both engines saw. */
  private get contractIsDecided(): boolean {
    const { contract } = this.grounds;
    return (
      contract?.followed === true &&
      contract.undecided.length === 0 &&
      contract.outcome !== 'unknown' &&
      contract.coverage.exhaustive
    );
  }
}
