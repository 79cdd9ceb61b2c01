import { type Problem, problemOf } from '../../judge/judgement.js';
import { type Told, toldAt } from '../../judge/told.js';
import type { Claim } from '../../promise/claim.js';
import { breachesOf, claimsAfter } from '../../promise/claims.js';
import type { Course } from '../../promise/course.js';
import { openCourse } from '../../promise/open-course.js';
import { promisedInTrace } from '../../promise/promised-names.js';
import { type Promised, promisesOf } from '../../promise/promises.js';
import type { RecoveredTree } from '../../promise/recovered-tree.js';
import type { TreeEntry } from '../../trace/events.js';
import type { FileBytes } from '../../trace/file-bytes.js';
import type { Trace } from '../../trace/trace.js';
import type { RecoveryJob } from './recovery-messages.js';

/** Judges recovered directories by a trace's promises; what it looked up once it keeps. */
export class StateJudge {
  readonly #contents = new Map<TreeEntry, FileBytes>();
  readonly #claims = new Map<number, Claim[]>();
  readonly #course: Course;
  readonly #promises: Promised;

  constructor(private readonly trace: Trace) {
    this.#promises = promisedInTrace(promisesOf(trace.manifest.scenario), trace).promises;
    this.#course = openCourse({ ...trace, content: (entry) => this.#contentOf(entry) });
  }

  /** @param acks how many were given before the power was cut */
  problems(tree: RecoveredTree, acks: number): Problem[] {
    return breachesOf(tree, this.#claimsAfter(acks)).map(problemOf);
  }

  /** For a checker. */
  told({ log_index, acks }: RecoveryJob['point']): Told {
    return toldAt(this.trace, { logIndex: log_index, acks });
  }

  #claimsAfter(acks: number): Claim[] {
    let list = this.#claims.get(acks);
    if (!list) {
      list = claimsAfter(this.#course, acks, this.#promises);
      this.#claims.set(acks, list);
    }
    return list;
  }

  #contentOf(entry: TreeEntry): FileBytes {
    let content = this.#contents.get(entry);
    if (!content) {
      content = this.trace.content(entry);
      this.#contents.set(entry, content);
    }
    return content;
  }
}
