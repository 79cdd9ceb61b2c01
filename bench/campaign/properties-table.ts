/** The persistence properties of the shipped storages, and the models held against what was seen; makes docs/properties.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
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
/** Outlives the campaign, so that it can be gone on with. */
const results = join(checkoutFolder, 'plugpull-results/properties-table');

export const propertiesTable: Campaign = {
  name: 'properties-table',
  about:
    'persistence properties of the file systems of User-mode Linux; makes docs/properties.md; --resume FOLDER goes on with the results of one that was killed',
  async run({ only, resume, signal, say }) {
    const lab = Lab.open();
    let storages: MeasuredStorage[];
    try {
      const asked = resume === null ? ['--out', results, configOf(lab, only)] : ['--resume', resume];
      say(`answers are kept in ${resume ?? results}`);
      const { stdout } = await runProgram(plugpullPath, ['properties', '--json', ...asked], { signal });
      storages = (JSON.parse(stdout) as PropertiesDocument).storages;
    } finally {
      lab.close();
    }
    for (const { name, properties } of storages) {
      const broken = properties.filter(({ outcome }) => outcome === 'broken');
      say(`${name}: not so: ${broken.map((one) => one.name).join(', ') || 'none'}`);
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
    const [shipped, measured] = [storagesOf(matrix), storages].map((all) => all.map(({ name }) => name));
    if (isDeepStrictEqual(shipped, measured)) writeFileSync(page, propertiesDocsPage(document));
    return storages
      .map(({ name, properties }) => {
        const holds = properties.filter(({ outcome }) => outcome === 'holds').length;
        return `${name}: ${holds} of ${properties.length} hold`;
      })
      .join(', ');
  },
};

/** The shipped configuration, or what is wanted of it. */
function configOf(lab: Lab, only: string | null): string {
  if (only === null) return matrix;
  const config = lab.path('storage.yaml');
  writeFileSync(config, stringify({ storage: storagesOf(matrix).filter(({ name }) => name.includes(only)) }));
  return config;
}

function storagesOf(file: string): { name: string }[] {
  return (parse(readFileSync(file, 'utf8')) as { storage: { name: string }[] }).storage;
}
