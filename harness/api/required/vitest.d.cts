/** `plugpull/vitest` from CommonJS: see index.d.cts. */
type Imported = typeof import('../vitest.js', { with: { 'resolution-mode': 'import' } });

export type * from '../vitest.js' with { 'resolution-mode': 'import' };
export declare const crashTest: Imported['crashTest'];
