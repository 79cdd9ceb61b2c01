import { Chalk, type ChalkInstance } from 'chalk';
import type { Capability } from './capability.js';
import { remedy } from './need.js';

/**
 * The capabilities as a table for people, one a line, then what to do about those that are missing.
 * No trailing newline. Pass `new Chalk({ level: 0 })` for plain text.
 */
export function renderTable(capabilities: Capability[], paint: ChalkInstance = new Chalk()): string {
  const nameWidth = widest(capabilities.map((capability) => capability.name));
  const detailWidth = widest(capabilities.map((capability) => capability.detail));
  const lines = capabilities.map(({ name, ok, detail, neededFor }) => {
    const mark = ok ? paint.green('ok     ') : paint.yellow('missing');
    return `${mark}  ${name.padEnd(nameWidth)}  ${detail.padEnd(detailWidth)}  ${paint.dim(neededFor)}`;
  });
  const missing = capabilities.filter((capability) => !capability.ok);
  if (missing.length > 0) {
    lines.push(
      '',
      'To get what is missing:',
      ...missing.map((each) => `  ${each.name.padEnd(nameWidth)}  ${remedy(each)}`),
    );
  }
  return lines.join('\n');
}

/** The same for programs: `{schema: "plugpull.doctor/1", capabilities: [...]}`. */
export function renderJson(capabilities: Capability[]): string {
  return JSON.stringify({ schema: 'plugpull.doctor/1', capabilities }, undefined, 2);
}

function widest(texts: string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}
