import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scene } from '../../harness/verdict/scene.js';
import { htmlReporter } from '../../reports/html.js';
import { manyResults, repository } from './stored.js';

/**
 * The HTML report of 1,000 findings, each with a timeline of 100 events that do not compress well.
 * @param folder an empty one
 */
export function heavyReport(folder: string): string {
  const { results } = manyResults(100, 10);
  let seed = 1;
  for (const run of results.runs) {
    run.run = join(folder, run.scenario);
    mkdirSync(join(run.run, 'scenes'), { recursive: true });
    for (const { id } of run.findings) {
      const events: Scene['events'] = Array.from({ length: 100 }, (_, i) => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        const where = { index: i, sector: seed, bytes: 4096, fua: false };
        return { kind: 'write', ...where, part: 'data', owner: `file-${seed.toString(36)}` };
      });
      const points = [{ at: 100, reason: 'end', acks: 1 }];
      const scene: Scene = {
        ...{ schema: 'plugpull.scene/1', finding: id, events, points, cut: 0, files: null },
        left_out: { before: 0, after: 0 },
      };
      writeFileSync(join(run.run, 'scenes', `${id}.json`), JSON.stringify(scene));
    }
  }
  return htmlReporter.render({ results, folder }, { repository });
}
