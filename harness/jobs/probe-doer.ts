/** Does jobs of the probe. Lanes stay from one job to the next, as long as both ask the same of the same storage. */
import type { ProbePlace } from '../probe/place.js';
import { ProbeLanes } from '../probe/probe-lanes.js';
import type { WorkloadResult } from '../probe/result.js';
import type { NamedWorkload } from '../probe/selection.js';
import { workloadsIn } from '../probe/workload-range.js';
import { probePlaces } from '../run/recording/probe-places.js';
import type { RunSpace } from '../state/run-space.js';
import { answerText, type ProbeBody } from './probe-job.js';

export class ProbeDoer {
  readonly #places = new Map<string, ProbePlace>();
  #lanes: { key: string; lanes: ProbeLanes } | null = null;

  constructor(
    private readonly space: RunSpace,
    private readonly lanes: number | undefined,
  ) {}

  /** @returns the answer's text */
  async do(body: ProbeBody, say: (words: string) => void): Promise<string> {
    const lanes = await this.#lanesFor(body);
    const workloads = workloadsIn(body.asked, body.range);
    const underWay = new Set<string>();
    const found = new Map<string, { at: number; answer: WorkloadResult }>();
    const ats = new Map<string, number>();
    const next = (): NamedWorkload | null => {
      const { value, done } = workloads.next();
      if (done) return null;
      underWay.add(value.name);
      ats.set(value.name, value.at);
      say(`at workload ${[...underWay].join(' and ')}`);
      return { ...value, position: 0 };
    };
    try {
      await lanes.probe(next, (answer, { name }) => {
        underWay.delete(name);
        found.set(name, { at: ats.get(name)!, answer });
      });
    } catch (error) {
      // A lane is gone.
      await this.close();
      throw error;
    }
    return answerText([...found.values()].sort((a, b) => a.at - b.at).map(({ answer }) => answer));
  }

  async close(): Promise<void> {
    const open = this.#lanes;
    this.#lanes = null;
    await open?.lanes.close();
  }

  async #lanesFor({ question, kernel }: ProbeBody): Promise<ProbeLanes> {
    const key = JSON.stringify([question, kernel]);
    if (this.#lanes?.key === key) return this.#lanes.lanes;
    await this.close();
    const place = await this.#placeOf(kernel, question);
    const lanes = await ProbeLanes.start(question, { place, space: this.space, lanes: this.lanes });
    this.#lanes = { key, lanes };
    return lanes;
  }

  async #placeOf(kernel: string, { storage }: ProbeBody['question']): Promise<ProbePlace> {
    const known = this.#places.get(kernel);
    if (known) return known;
    const silent = { signal: new AbortController().signal, onStep: () => {} };
    const place = (await probePlaces({ kernel: [kernel], storage: [storage] }, silent))[0]!;
    this.#places.set(kernel, place);
    return place;
  }
}
