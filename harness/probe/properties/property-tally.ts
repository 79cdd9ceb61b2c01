/** Adds up what a storage's answers come to, property by property. */
import type { PropertyTask } from '../lane/messages.js';
import { printWorkload } from '../workload/workload.js';
import type { Counterexample, PropertyAnswer, Refuted } from './answer.js';
import type { MeasuredProperty, RefutedModel, ShownCounterexample } from './properties-document.js';
import type { Property } from './property.js';

interface Sum {
  outcomes: Record<PropertyAnswer['outcome'], number>;
  workloads: Set<number>;
  states: bigint;
  recoveries: number;
  counterexample: ShownCounterexample | null;
  reasons: Set<string>;
}

export class PropertyTally {
  readonly #sums: Map<string, Sum>;
  readonly #refuted: RefutedModel[] = [];
  #allowed: number | null = null;

  constructor(private readonly properties: readonly Property[]) {
    this.#sums = new Map(
      properties.map(({ name }) => [
        name,
        {
          outcomes: { holds: 0, broken: 0, unknown: 0, unsupported: 0 },
          workloads: new Set(),
          states: 0n,
          recoveries: 0,
          counterexample: null,
          reasons: new Set(),
        },
      ]),
    );
  }

  get recoveries(): number {
    return [...this.#sums.values()].reduce((sum, { recoveries }) => sum + recoveries, 0);
  }

  get broken(): number {
    return [...this.#sums.values()].filter(({ outcomes }) => outcomes.broken > 0).length;
  }

  add(answer: PropertyAnswer, task: PropertyTask): void {
    const sum = this.#sums.get(task.property)!;
    sum.outcomes[answer.outcome]++;
    if (answer.outcome !== 'unsupported') sum.workloads.add(task.nth);
    sum.states += BigInt(answer.states);
    sum.recoveries += answer.recoveries;
    if (answer.reason !== undefined) sum.reasons.add(answer.reason);
    if (answer.allowed !== null) this.#allowed = (this.#allowed ?? 0) + answer.allowed;
    const { counterexample, refuted } = answer;
    if (counterexample) {
      const shown = this.#shown(counterexample, task);
      if (sum.counterexample === null || isSimpler(shown, sum.counterexample)) sum.counterexample = shown;
    }
    if (refuted)
      this.#refuted.push({ ...this.#shown(refuted, task), model: refuted.model, property: task.property });
  }

  /** @param complete all that was asked for was tried */
  measured(complete: boolean): MeasuredProperty[] {
    return this.properties.map(({ name, says }) => {
      const { outcomes, workloads, states, recoveries, counterexample, reasons } = this.#sums.get(name)!;
      const { holds, broken, unknown } = outcomes;
      const isKnown = complete && unknown === 0 && holds > 0;
      return {
        name,
        says,
        outcome:
          broken > 0
            ? 'broken'
            : isKnown
              ? 'holds'
              : holds + unknown === 0 && complete
                ? 'unsupported'
                : 'unknown',
        workloads: workloads.size,
        recordings: holds + broken + unknown,
        states: states.toString(),
        recoveries,
        counterexample,
        reasons: [...reasons].sort(),
      };
    });
  }

  get models(): { allowed: number | null; refuted: RefutedModel[] } {
    return { allowed: this.#allowed, refuted: this.#refuted };
  }

  #shown(example: Counterexample | Refuted, { property, nth, schedule }: PropertyTask): ShownCounterexample {
    const { workload } = this.properties.find(({ name }) => name === property)!.workloads[nth]!;
    const { text, after, pending, lost, torn } = example;
    return { lines: printWorkload(workload), schedule, text, after, pending, lost, torn };
  }
}

/** With less of a schedule, shorter, with less lost. */
function isSimpler(a: ShownCounterexample, b: ShownCounterexample): boolean {
  const weight = ({ schedule, lines, lost }: ShownCounterexample): number[] => [
    schedule === 'prompt' ? 0 : 1,
    lines.length,
    lost,
  ];
  const [left, right] = [weight(a), weight(b)];
  const first = left.findIndex((value, i) => value !== right[i]);
  return first >= 0 && left[first]! < right[first]!;
}
