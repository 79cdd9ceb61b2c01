/** Persistence properties as a page: a row a property, a column a storage, each `no` a link to its counterexample. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type MeasuredProperty,
  type MeasuredStorage,
  outcomeWord,
  type PropertiesDocument,
} from '../harness/probe/properties/properties-document.js';
import { shortCount } from '../harness/verdict/short-count.js';
import { staticPage } from './html/static-page.js';
import { counted } from './words/count.js';
import { escaped } from './words/escaped.js';
import { markup } from './words/markup.js';
import { heldSentence, lossText, modelSentence } from './words/property.js';

/** Leaves the page beside the document. @returns its path */
export function writePropertiesPage(resultsFolder: string, document: PropertiesDocument): string {
  const path = join(resultsFolder, 'properties.html');
  writeFileSync(path, propertiesPage(document));
  return path;
}

export function propertiesPage(document: PropertiesDocument): string {
  const { storages, tool, schedules, verdict } = escaped(document);
  const body = [
    '<p>What a crash may leave of calls that no sync call followed. Nobody promises any of this; programs that need it need fsync.</p>',
    table(storages),
    '<p class="legend"><span><i class="key kept"></i> so in every crash state of every recording</span><span><i class="key broken"></i> not so: a link to the counterexample</span><span><i class="key unknown"></i> unknown</span><span><i class="key unsupported"></i> the file system cannot do it</span></p>',
    modelList(storages),
    '<h2>Counterexamples</h2>',
    ...storages.flatMap((storage, nth) => counterexamples(storage, nth)),
    '<h2>Schedules</h2>',
    `<ul>${Object.entries(schedules)
      .map(([name, text]) => `<li><b>${markup(name)}</b>: ${markup(text)}</li>`)
      .join('')}</ul>`,
    `<p class="quiet">plugpull ${markup(tool.version)}</p>`,
  ].join('\n');
  return staticPage({
    title: 'plugpull: persistence properties',
    badge: verdict,
    word: verdict === 'pass' ? 'measured' : verdict,
    sentence: heldSentence(storages),
    body,
  });
}

const classes = { holds: 'kept', broken: 'broken', unknown: 'unknown', unsupported: 'unsupported' } as const;

function table(storages: readonly MeasuredStorage[]): string {
  const rows = storages[0]?.properties ?? [];
  return `<section class="matrix every" aria-label="properties"><div class="scroll"><table>
<thead><tr><th>property</th>${storages.map(({ name, kernel }) => `<th class="kind-head" scope="col">${markup(name)}<br><span class="quiet">Linux ${markup(kernel)}</span></th>`).join('')}</tr></thead>
<tbody>
${rows.map(({ name, says }, row) => `<tr><th scope="row">${markup(name)}<div class="quiet">${markup(says)}</div></th>${storages.map((storage, nth) => cell(storage, nth, row)).join('')}</tr>`).join('\n')}
</tbody></table></div></section>`;
}

function cell({ name: storage, properties }: MeasuredStorage, nth: number, row: number): string {
  const property = properties[row]!;
  const word = outcomeWord(property);
  const shown =
    property.counterexample === null
      ? `<span title="${markup(overWhat(property))}">${word}</span>`
      : `<a href="#${anchor(nth, property)}" title="${markup(property.counterexample.lines.join('; '))}">${word}</a>`;
  return `<td class="cell ${classes[property.outcome]}" data-label="${markup(storage)}">${shown}</td>`;
}

function overWhat({ workloads, recordings, states }: MeasuredProperty): string {
  return `${counted(workloads, 'workload')}, ${counted(recordings, 'recording')}, ${shortCount(BigInt(states))} crash states`;
}

function anchor(nth: number, { name }: MeasuredProperty): string {
  return `s${nth + 1}-${name}`;
}

function counterexamples(storage: MeasuredStorage, nth: number): string[] {
  return storage.properties.flatMap((property) => {
    const { counterexample, says, name } = property;
    if (!counterexample) return [];
    const { lines, schedule, text, after } = counterexample;
    return [
      `<article class="card" id="${anchor(nth, property)}"><h3>${markup(storage.name)}: ${markup(name)}</h3>
<p>Not so that ${markup(says)}.</p>
<pre>${lines.map(markup).join('\n')}</pre>
<p>A power cut after ${counted(after, 'operation')} of it had returned, ${lossText(counterexample)}, leaves <b>${markup(text)}</b>.</p>
<p class="quiet">Schedule: ${markup(schedule)}. Over ${overWhat(property)}.</p></article>`,
    ];
  });
}

function modelList(storages: readonly MeasuredStorage[]): string {
  const items = storages.map(({ name, models }) => {
    const said = markup(modelSentence(models));
    return `<li>${markup(name)}: ${models.refuted.length > 0 ? `<b class="bad">${said}</b>` : said}</li>`;
  });
  return `<h2>Models</h2><ul>${items.join('')}</ul>`;
}
