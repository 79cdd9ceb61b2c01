/** Persistence properties for a job summary: a row a property, a column a storage, the counterexamples below. */
import { outcomeWord, type PropertiesDocument } from '../harness/probe/properties/properties-document.js';
import { counted } from './words/count.js';
import { type Block, fitted } from './words/fitted-markdown.js';
import { markdown, markdownCode } from './words/markup.js';
import { heldSentence, lossText, modelSentence } from './words/property.js';

export function propertiesMarkdown(document: PropertiesDocument): string {
  const { storages } = document;
  const rows = storages[0]?.properties ?? [];
  const heads = ['property', ...storages.map(({ name, kernel }) => `${name}, Linux ${kernel}`)];
  return fitted([
    { kind: 'head', text: `## plugpull properties: ${markdown(heldSentence(storages))}\n\n` },
    {
      kind: 'head',
      text: `| ${heads.map(markdown).join(' | ')} |\n|${'---|'.repeat(heads.length)}\n`,
    },
    ...rows.map(({ name, says }, row): Block => {
      const words = storages.map(({ properties }) => markdown(outcomeWord(properties[row]!)));
      return { kind: 'row', text: `| ${[`${markdown(name)}: ${markdown(says)}`, ...words].join(' | ')} |\n` };
    }),
    { kind: 'head', text: '\n' },
    ...storages.flatMap(({ name, properties }) =>
      properties.flatMap(({ counterexample, ...property }): Block[] => {
        if (!counterexample) return [];
        const { lines, schedule, text, after } = counterexample;
        const lost = lossText(counterexample);
        return [
          {
            kind: 'finding',
            text: `- ${markdown(name)}: ${markdown(property.name)}: ${markdownCode(lines.join('; '))} (${markdown(schedule)}), power cut after ${counted(after, 'operation')}, ${lost}, leaves ${markdown(text)}\n`,
          },
        ];
      }),
    ),
    { kind: 'head', text: '\n' },
    ...storages.map(({ name, models }): Block => {
      return { kind: 'notes', text: `- ${markdown(name)}: ${markdown(modelSentence(models))}\n` };
    }),
  ]);
}
