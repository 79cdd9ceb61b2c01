import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/**
 * How wide a text is on a terminal is asked of a few texts, at the end, and most of them are ASCII. What string-width makes
 * for all others as it is loaded (rules of segmenting, the set of emoji) took an eighth of a command's start: it is made when it
 * is first needed. A version that is written otherwise is left as it is.
 */
export const lateWidths: Plugin = {
  name: 'late-widths',
  setup({ onLoad }) {
    onLoad({ filter: /\/string-width\/index\.js$/ }, ({ path }) => ({
      contents: whenNeeded(readFileSync(path, 'utf8')),
      loader: 'js',
    }));
  },
};

/** Replaces a segmenter and regular expressions of which only `test` is used. */
export function whenNeeded(text: string): string {
  return text
    .replace(
      /^const segmenter = (new Intl\.Segmenter\(\));$/m,
      'let $segmenter; const segmenter = {segment: text => ($segmenter ??= $1).segment(text)};',
    )
    .replace(/^const (\w+) = (\/.*\\p\{RGI_Emoji\}.*\/v);$/gm, (whole, name: string, literal: string) =>
      text.replaceAll(`${name}.test(`, '').split(name).length === 2
        ? `let $${name}; const ${name} = {test: text => ($${name} ??= ${literal}).test(text)};`
        : whole,
    );
}
