/** What the measuring of properties prints for a person. */

import type { ChalkInstance } from 'chalk';
import { lossText, modelSentence } from '../../reports/words/property.js';
import {
  type MeasuredStorage,
  outcomeWord,
  type PropertiesDocument,
} from '../probe/properties/properties-document.js';
import { shortCount } from '../verdict/short-count.js';

export function propertyLines({ storages, schedules }: PropertiesDocument, paint: ChalkInstance): string[] {
  return [
    ...table(storages, paint),
    '',
    ...storages.flatMap((storage) => storageLines(storage, paint)),
    ...Object.entries(schedules).map(([name, text]) => paint.dim(`${name}: ${text}`)),
  ];
}

/** A line a property, a column a storage. */
function table(storages: readonly MeasuredStorage[], paint: ChalkInstance): string[] {
  const rows = storages[0]!.properties;
  const first = Math.max(...rows.map(({ name }) => name.length));
  const colours = { yes: paint.green, no: paint.red, '?': paint.yellow, '-': paint.dim };
  const heads = storages.map(({ name }, nth) => `${nth + 1} ${name}`);
  return [
    ...heads.map((head) => paint.bold(head)),
    `${''.padEnd(first)}  ${storages.map((_, nth) => `${nth + 1}`.padStart(4)).join('')}`,
    ...rows.map(({ name }, row) => {
      const cells = storages.map(({ properties }) => {
        const word = outcomeWord(properties[row]!);
        return colours[word as keyof typeof colours](word.padStart(4));
      });
      return `${name.padEnd(first)}  ${cells.join('')}`;
    }),
  ];
}

function storageLines(storage: MeasuredStorage, paint: ChalkInstance): string[] {
  const { name, properties, models, complete, kernel } = storage;
  const states = properties.reduce((sum, one) => sum + BigInt(one.states), 0n);
  const recordings = properties.reduce((sum, one) => sum + one.recordings, 0);
  return [
    `${paint.bold(name)}, Linux ${kernel}: ${recordings} recordings, ${shortCount(states)} crash states${complete ? '' : paint.yellow(', interrupted')}`,
    ...properties.flatMap(({ name: property, says, counterexample, outcome, reasons }) => [
      ...(counterexample
        ? [
            `  ${paint.red(property)}: not so that ${says}`,
            `      ${counterexample.lines.join('; ')}   (${counterexample.schedule})`,
            `    leaves ${counterexample.text}, ${lossText(counterexample)}`,
          ]
        : []),
      ...(outcome === 'unknown' ? reasons.map((reason) => `  ${paint.yellow(property)}: ${reason}`) : []),
    ]),
    ...modelLines(models, paint),
    '',
  ];
}

function modelLines(models: MeasuredStorage['models'], paint: ChalkInstance): string[] {
  const { refuted } = models;
  if (refuted.length === 0) return [`  ${modelSentence(models)}`];
  return refuted.map(
    ({ model, lines, schedule, text }) =>
      `  ${paint.red(`the model ${model} is wrong`)}: ${lines.join('; ')} (${schedule}): ${text}`,
  );
}
