import { z } from 'zod';
import { server } from './server.js';

/** Servers by their names. */
export const nodes = z
  .record(z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected small letters, digits and underscores'), server)
  .refine((each) => Object.keys(each).length >= 2, 'expected two servers or more');

/** The rest of a scenario, as far as nodes ask something of it. */
interface Others {
  server?: unknown;
  storage: readonly { method: string }[];
  place: string;
  recover: string;
  recordings: number | 'auto';
  explore: { nested: boolean };
  engine?: readonly string[] | undefined;
}

/** @param refuse told what was expected instead, and at which key */
export function refuseWithNodes(
  each: z.output<typeof nodes>,
  { server, storage, place, recover, recordings, explore, engine = [] }: Others,
  refuse: (message: string, ...path: string[]) => void,
): void {
  if (server !== undefined) refuse('expected the servers in nodes, or one here', 'server');
  for (const [name, { run }] of Object.entries(each))
    if (run === '') refuse('expected a command', 'nodes', name, 'run');
  if (place === 'vm' || place === 'container') refuse('expected host, where nodes run', 'place');
  if (recover === 'uml' || recover === 'guest') refuse('expected host, where nodes recover', 'recover');
  if (explore.nested) refuse('expected false with nodes', 'explore', 'nested');
  if (recordings !== 'auto' && recordings > 1) refuse('expected one recording of nodes', 'recordings');
  // What one disk keeps says nothing of another: calls are judged by themselves, without a recording beside them.
  if (engine.includes('contract') && engine.length > 1)
    refuse('expected contract with nodes by itself, or replay or live', 'engine');
  if (storage.some(({ method }) => method !== 'disk' && method !== 'power'))
    refuse('expected disk with nodes, or power', 'storage');
}
