import type { Finding } from '../../harness/verdict/finding.js';
import { asCalled } from '../words/as-called.js';
import { whenText } from '../words/crash-point.js';
import { lostLabel } from '../words/lost-label.js';
import { placeText } from '../words/place-text.js';
import { labelled, type Screen, toPaste, wrapped } from './screen.js';

/**
 * A finding in the order in which a person asks: what was promised, what to paste to see it again, the smallest loss that
 * shows it, its cause, and what to do.
 */
export function findingLines(finding: Finding, screen: Screen): string[] {
  const { paint, columns } = screen;
  const { id, property, kind, promise, reproduce, lost, fix, masked } = finding;
  const mark = masked ? paint.yellow(`${id} masked`) : paint.red(id);
  const rows: [label: string, text: string][] = [
    ['kind', `${kind} ${where(finding)}`],
    ['power cut', whenText(finding)],
    ...beside(lostLabel(finding), lost),
    ...beside(finding.evidence === 'contract' ? 'calls' : 'lost', causes(finding)),
    ...beside('fix', fix === null ? [] : [paint.green(fix)]),
  ];
  return [
    ...wrapped(`${mark} ${paint.bold(property)}`, { columns, indent: 0 }),
    ...labelled(screen, 'promised', promise),
    ...toPaste(screen, 'see it', asCalled(reproduce, screen.command)),
    ...rows.flatMap(([label, text]) => labelled(screen, label, text)),
    ...patchLines(finding, screen),
  ];
}

function patchLines({ patch }: Finding, screen: Screen): string[] {
  if (!patch) return [];
  const place = `behind ${patch.after}:`;
  const line = screen.paint.green(patch.line);
  if (screen.columns === null) return labelled(screen, 'patch', `${place} ${line}`);
  return [...labelled(screen, 'patch', place), ...toPaste(screen, '', line)];
}

function beside(label: string, lines: readonly string[]): [label: string, text: string][] {
  return lines.map((line, i) => [i === 0 ? label : '', line]);
}

function where({ evidence, model, masked, storage }: Finding): string {
  if (evidence === 'observed') return `on ${storage}`;
  return `by the ${model} model${masked ? `, masked by ${storage}` : ''}`;
}

function causes({ cause, evidence, crash_point }: Finding): string[] {
  if (cause.length === 0 && evidence === 'observed' && crash_point?.round === undefined) {
    return ['no write that had been sent to the disk: what is missing had not been written yet'];
  }
  return cause.map(
    (each) => `${placeText(each)}  ${evidence === 'contract' ? `${each.syscall}(${each.args})` : each.args}`,
  );
}
