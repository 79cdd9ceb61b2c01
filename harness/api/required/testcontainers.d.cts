/** `plugpull/testcontainers` from CommonJS: see index.d.cts. */
type Imported = typeof import('../testcontainers/index.js', { with: { 'resolution-mode': 'import' } });

export type * from '../testcontainers/index.js' with { 'resolution-mode': 'import' };
export declare const CrashDisk: Imported['CrashDisk'];
export type CrashDisk = InstanceType<Imported['CrashDisk']>;
export declare const CrashStateError: Imported['CrashStateError'];
export type CrashStateError = InstanceType<Imported['CrashStateError']>;
