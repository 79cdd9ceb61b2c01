/** The persistence properties of the shipped storages, and the models held against what was seen; makes docs/properties.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import {
  type MeasuredStorage,
  type PropertiesDocument,
  propertiesDocument,
} from '../../harness/probe/properties/properties-document.js';
import { checkoutFolder, plugpullPath } from '../checkout.js';
import { Lab } from '../lab.js';
import { type Campaign, CampaignFailure } from './campaign.js';
import { runProgram } from './program.js';
import { propertiesDocsPage } from './properties-page.js';

const page = join(checkoutFolder, 'docs/properties.md');
const matrix = join(checkoutFolder, 'probes/properties.yaml');

export const propertiesTable: Campaign = {
  name: 'properties-table',
  about: 'persistence properties of the file systems of User-mode Linux; makes docs/properties.md',
  async run({ only, signal, say }) {
    const lab = Lab.open();
    const { storage: all } = parse(readFileSync(matrix, 'utf8')) as { storage: { name: string }[] };
    const storages: MeasuredStorage[] = [];
    try {
      for (const storage of all.filter(({ name }) => only === null || name.includes(only))) {
        const config = lab.path('storage.yaml');
        writeFileSync(config, stringify({ storage: [storage] }));
        const args = ['properties', '--json', '--out', lab.path('properties'), config];
        const { stdout } = await runProgram(plugpullPath, args, { signal });
        const [measured] = (JSON.parse(stdout) as PropertiesDocument).storages;
        storages.push(measured!);
        const broken = measured!.properties.filter(({ outcome }) => outcome === 'broken');
        say(`${storage.name}: not so: ${broken.map(({ name }) => name).join(', ') || 'none'}`);
      }
    } finally {
      lab.close();
    }
    const refuted = storages.flatMap(({ name, models }) =>
      models.refuted.map(
        ({ model, lines, schedule, text }) => `${name}, ${model}: ${lines.join('; ')} (${schedule}): ${text}`,
      ),
    );
    if (refuted.length > 0)
      throw new CampaignFailure(`crashes left what a model says they cannot: ${refuted.join(' / ')}`);
    const document = propertiesDocument(storages);
    if (document.verdict !== 'pass')
      throw new CampaignFailure(`not all was seen to its end: ${JSON.stringify(storages)}`);
    if (only === null) writeFileSync(page, propertiesDocsPage(document));
    return storages
      .map(({ name, properties }) => {
        const holds = properties.filter(({ outcome }) => outcome === 'holds').length;
        return `${name}: ${holds} of ${properties.length} hold`;
      })
      .join(', ');
  },
};
