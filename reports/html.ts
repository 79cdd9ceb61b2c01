/**
 * One HTML file that needs nothing else: no network, no other file. Its summary is plain HTML; the page on top of it is
 * Preact, bundled when plugpull is built.
 *
 * All that comes from workloads is untrusted: it is escaped in the plain part, is base64 in the rest, and the content
 * security policy allows this one script and this one style sheet by their hashes, and nothing else.
 *
 * At most 5 MB: what belongs to findings that weigh least is left out first, then they themselves; both are counted.
 */
import { chunkOf, compressed } from './html/chunks.js';
import { plainReport } from './html/plain.js';
import { asset, hashOf, pageHead } from './html/static-page.js';
import { summaryOf } from './html/summary.js';
import type { Reporter } from './reporter.js';
import { escaped } from './words/escaped.js';
import { markup } from './words/markup.js';
import { reportedFindings } from './words/reported.js';
import { badgeOf, verdictSentence } from './words/verdict.js';

export const mostHtmlBytes = 5_000_000;
const mostListed = 5000;

export const htmlReporter: Reporter = {
  format: 'html',
  describe: 'one HTML file for people',
  fileName: 'report.html',
  render(stored) {
    const reported = reportedFindings(stored.results);
    const listed = reported.slice(0, mostListed);
    const leftOut = reported.length - listed.length;
    const plain = plainReport(stored, listed, leftOut);
    const script = asset('page.js');
    const style = asset('page.css');
    const ids = listed.map((one, i) => ({ reported: one, chunk: `c${i}` as string | null }));
    const summary = (): string => compressed(escaped(summaryOf(stored, ids, leftOut)));
    let room =
      mostHtmlBytes -
      20_000 -
      [plain, script, style, summary()].reduce((sum, part) => sum + bytesOf(part), 0);
    const chunks: string[] = [];
    for (const [i, one] of ids.entries()) {
      const { run, finding } = one.reported;
      const chunk = room > 0 ? chunkOf(stored, run, finding) : '';
      room -= chunk.length + 60;
      if (room > 0) chunks.push(dataElement(`c${i}`, chunk));
      else one.chunk = null;
    }
    return page({
      title: `plugpull: ${stored.results.verdict}`,
      headline: verdictSentence(stored.results),
      badge: badgeOf(stored.results),
      plain,
      script,
      style,
      data: [dataElement('summary', summary()), ...chunks],
    });
  },
};

function page(parts: {
  title: string;
  headline: string;
  badge: ReturnType<typeof badgeOf>;
  plain: string;
  script: string;
  style: string;
  data: readonly string[];
}): string {
  const { title, headline, badge, plain, script, style, data } = parts;
  const policy = `default-src 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(style)}'`;
  return `<!doctype html>
<html lang="en">
${pageHead({ title, style, policy })}
<body>
<div id="app"></div>
<div id="plain">
<header class="top"><span class="verdict big ${badge.colour}">${badge.word}</span><h1>plugpull</h1><p>${markup(headline)}</p></header>
<main>
${plain}
</main>
</div>
${data.join('\n')}
<script>${script}</script>
</body>
</html>
`;
}

/** Base64: nothing in it can end the element. */
function dataElement(id: string, base64: string): string {
  return `<script type="application/octet-stream" id="${id}">${base64}</script>`;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
