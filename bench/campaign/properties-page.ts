import {
  type MeasuredStorage,
  outcomeWord,
  type PropertiesDocument,
} from '../../harness/probe/properties/properties-document.js';
import { shortCount } from '../../harness/verdict/short-count.js';
import { lossText } from '../../reports/words/property.js';
import { table } from './kept-rows.js';

/** docs/properties.md */
export function propertiesDocsPage({ storages, schedules }: PropertiesDocument): string {
  const rows = storages[0]!.properties;
  const kernels = [...new Set(storages.map(({ kernel }) => kernel))].join(', ');
  return `# Persistence properties

What may a crash leave of calls that **no sync call followed**? POSIX says nothing about it, so no program may rely on any of this; programs do all the same. Pillai et al. ("All File Systems Are Not Created Equal", OSDI 2014, table 1) measured it on Linux 3.x. Measured again here: Linux ${kernels}. Made by \`npm run campaign -- properties-table\`; of a storage of your own by \`plugpull properties\`.

    plugpull properties --fs ext4
    plugpull properties --fs xfs --property replace-by-rename
    plugpull properties probes/properties.yaml
    plugpull properties --list
    plugpull properties --resume plugpull-results/latest

Each answer is kept as it comes: after Ctrl-C or a kill, \`--resume\` goes on. Each property is asked of every crash state (each subset of the whole writes that are pending, at each flush and at the end; where the question is whether an operation is whole, each write that is larger than the disk's atomic unit, 4096 bytes, is torn, too, one at a time) of small workloads, which \`--list\` prints, each recorded under each of these schedules:

${Object.entries(schedules)
  .map(([name, text]) => `- *${name}*: ${text}.`)
  .join('\n')}

**yes**: so in every crash state of every one of these recordings, none left out. That is as far as it goes: another workload, another moment of write-back, another version may show otherwise. **no**: a counterexample was seen; one for each stands below. **-**: the file system cannot do it.

${table(
  ['property', 'is it so that', ...storages.map(({ name }) => name)],
  rows.map(
    ({ name, says }, row) =>
      `| ${[name, says, ...storages.map(({ properties }) => mark(outcomeWord(properties[row]!)))].join(' | ')} |`,
  ),
)}

A no says nothing against a file system: nobody promised it. It says which program needs which fsync, and \`plugpull run\` says whether yours has it.

## Over what

Whatever a crash left was also shown to the [model of the contract engine](contract.md) that describes the file system, with its promises as they are. A tree that a model does not allow is a fault of the model, and ends the campaign.

${table(
  ['storage', 'recordings', 'crash states', 'recoveries', 'the model allows what was seen'],
  storages.map((storage) => `| ${overWhat(storage).join(' | ')} |`),
)}

## Counterexamples

The simplest that was found of each. Lines before \`start\` are durable.

${rows.flatMap((_, row) => counterexamples(storages, row)).join('\n')}
`;
}

function mark(word: string): string {
  return word === 'no' ? '**no**' : word;
}

function overWhat({ name, properties, models }: MeasuredStorage): string[] {
  const sum = (key: 'recordings' | 'recoveries'): string =>
    `${properties.reduce((all, one) => all + one[key], 0)}`;
  const states = properties.reduce((all, one) => all + BigInt(one.states), 0n);
  const said =
    models.allowed === null ? 'no model describes it' : models.refuted.length === 0 ? 'yes' : '**no**';
  return [name, sum('recordings'), shortCount(states), sum('recoveries'), said];
}

function counterexamples(storages: readonly MeasuredStorage[], row: number): string[] {
  const broken = storages.flatMap(({ name, properties }) => {
    const { counterexample } = properties[row]!;
    return counterexample ? [{ name, counterexample }] : [];
  });
  if (broken.length === 0) return [];
  return [
    `### ${storages[0]!.properties[row]!.name}`,
    '',
    table(
      ['storage', 'workload', 'schedule', 'a crash leaves'],
      broken.map(
        ({ name, counterexample: { lines, schedule, text, ...loss } }) =>
          `| ${name} | \`${lines.join('; ')}\` | ${schedule} | ${text}, ${lossText(loss)} |`,
      ),
    ),
    '',
  ];
}
