/** A page without a script: tables for people, in the same dress as the report. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { markup } from '../words/markup.js';

/** @param body HTML; whatever in it comes from workloads is escaped already */
export function staticPage(of: {
  title: string;
  badge: string;
  /** In the badge; without it its colour's. */
  word?: string;
  sentence: string;
  body: string;
}): string {
  const style = asset('page.css');
  return `<!doctype html>
<html lang="en">
${pageHead({ title: of.title, style, policy: `default-src 'none'; style-src '${hashOf(style)}'` })}
<body>
<header class="top"><span class="verdict big ${of.badge}">${of.word ?? of.badge}</span><h1>plugpull</h1><p>${markup(of.sentence)}</p></header>
<main>
${of.body}
</main>
</body>
</html>
`;
}

/** The head of every page: no network, nothing but what stands in the file. */
export function pageHead({ title, style, policy }: { title: string; style: string; policy: string }): string {
  return `<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${markup(title)}</title>
<style>${style}</style>
</head>`;
}

export function asset(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

export function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
