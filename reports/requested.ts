import { UsageError } from '../harness/verdict/errors.js';
import { reporters } from './catalogue.js';
import type { Reporter } from './reporter.js';

/** A format and where it goes: a path, or `-` for standard output. */
export interface RequestedReport {
  reporter: Reporter;
  /** null: its own file in the results folder. */
  to: string | null;
}

/**
 * What `html,junit=FILE` asks for.
 * @param option for the error, such as `--reporter`
 * @throws UsageError
 */
export function requestedReports(option: string, words: readonly string[]): RequestedReport[] {
  const requested = words
    .flatMap((word) => word.split(','))
    .map((word) => {
      const [format = '', ...rest] = word.split('=');
      const to = rest.length > 0 ? rest.join('=') : null;
      const reporter = reporters.find((one) => one.format === format);
      if (!reporter || to === '') {
        const known = reporters.map((one) => one.format).join(', ');
        throw new UsageError(
          `${option}: expected FORMAT or FORMAT=FILE, with FORMAT one of ${known}, got ${JSON.stringify(word)}`,
        );
      }
      return { reporter, to: to ?? (reporter.fileName === null ? '-' : null) };
    });
  if (requested.filter(({ to }) => to === '-').length > 1) {
    throw new UsageError(`${option}: only one format can go to standard output, got ${words.join(',')}`);
  }
  return requested;
}
