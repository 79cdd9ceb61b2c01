import type { Promise_ } from '../scenario/schema/promise.js';
import type { Scenario } from '../scenario/schema/scenario.js';
import { isIgnored, isNamed } from './globs.js';

/** What is promised, with what its names turned out to mean. */
export interface Promised extends Promise_ {
  /** Names under which files are read through symbolic links, wherever these lead at the time. */
  linked?: {
    readonly files: readonly string[];
    readonly atomic: readonly string[];
    /** Absolute path of the directory; null when it is not known, and absolute links lead out of it. */
    readonly rootPath: string | null;
  };
}

/** As a trace of an older version holds it, a promise lacks some of these. */
const nothingPromised: Promise_ = { snapshot: false, files: [], atomic: [], gone: [], ignore: [] };

/** What a scenario promises: what it says, else everything visible at an ack unless a checker decides. */
export function promisesOf({ promise, checker }: Pick<Scenario, 'promise' | 'checker'>): Promise_ {
  return promise
    ? { ...nothingPromised, ...promise }
    : { ...nothingPromised, snapshot: checker === undefined };
}

/** Does it promise that something survives an ack? */
export function promisesDurability({ snapshot, files, gone }: Promise_): boolean {
  return snapshot || files.length > 0 || gone.length > 0;
}

/** Does the promise speak of files, so that judging it needs to know what they held? */
export function speaksOfFiles(promise: Promise_): boolean {
  return promisesDurability(promise) || promise.atomic.length > 0;
}

/** Whether judging a scenario needs to know what files held at each ack: not where a checker alone decides. */
export function asksWhatFilesHeld(scenario: Pick<Scenario, 'promise' | 'checker'>): boolean {
  const { promise, checker } = scenario;
  return checker === undefined || promise?.owed !== undefined || speaksOfFiles(promisesOf(scenario));
}

/** Whether what stands under a path has to survive an ack. */
export function isKept(path: string, { snapshot, files, ignore }: Promise_): boolean {
  return (snapshot || isNamed(path, files)) && !isIgnored(path, ignore);
}

/** Whether a path shows a whole version at every instant. */
export function isWhole(path: string, { atomic, ignore, linked }: Promised): boolean {
  return isNamed(path, atomic) && !isIgnored(path, ignore) && !linked?.atomic.includes(path);
}

/** Whether a path that was gone at an ack stays gone. */
export function staysGone(path: string, { gone, ignore }: Promise_): boolean {
  return isNamed(path, gone) && !isIgnored(path, ignore);
}
