/** `plugpull/node-test` from CommonJS: see index.d.cts. */
type Imported = typeof import('../node-test.js', { with: { 'resolution-mode': 'import' } });

export type * from '../node-test.js' with { 'resolution-mode': 'import' };
export declare const crashTest: Imported['crashTest'];
