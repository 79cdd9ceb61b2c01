/** A layer as a configuration names it. */
export type LayerLike = string | { kind: 'loop'; fs: string; direct_io: boolean };
