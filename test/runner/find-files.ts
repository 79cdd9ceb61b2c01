import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { longest } from './longest.js';

export interface TestFiles {
  /** Run several at a time; the longest first, so that all are busy to the end. */
  parallel: string[];
  /** `*.serial.test.js`: run one at a time, with nothing beside them. */
  serial: string[];
}

/** Test files under `folder` whose path within it contains one of `words` (any file when there are none). */
export function findTestFiles(folder: string, words: string[]): TestFiles {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.js'))
    .filter((path) => words.length === 0 || words.some((word) => path.includes(sourceWord(word))))
    .sort((a, b) => turnOf(a) - turnOf(b) || (a < b ? -1 : 1))
    .map((path) => join(folder, path));
  return {
    parallel: files.filter((path) => !path.endsWith('.serial.test.js')),
    serial: files.filter((path) => path.endsWith('.serial.test.js')),
  };
}

function turnOf(path: string): number {
  const at = longest.indexOf(path.replace(/\.test\.js$/, ''));
  return at < 0 ? longest.length : at;
}

/** `test/explore/lazy.test.ts`, as a shell completes it, means the built file. */
function sourceWord(word: string): string {
  return word.replace(/^(\.\/)?(dist\/)?test\//, '').replace(/\.ts$/, '.js');
}
