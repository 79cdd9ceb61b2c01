/** `plugpull/ack` from CommonJS: see index.d.cts. */
type Imported = typeof import('../../../workloads/clients/plugpull-ack.js', {
  with: { 'resolution-mode': 'import' },
});

export declare const ack: Imported['ack'];
export declare const begin: Imported['begin'];
export declare const PowerCut: Imported['PowerCut'];
export type PowerCut = InstanceType<Imported['PowerCut']>;
