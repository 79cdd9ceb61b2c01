/** Two operations on different files: the second is not there, in no part, before all of the first is. */
import { type Operation, parseOperation } from '../workload/operation.js';
import { asked, type Property, type PropertyWorkload, pillai } from './property.js';

const setup = 'create a; write a 0 4096; create b; write b 0 4096; start';
const others = [
  'write b 0 4096',
  'write b 4096 4096',
  'create d',
  'rename b d',
  'unlink b',
  'mkdir d',
  'truncate b 0',
];

function before(first: string): PropertyWorkload[] {
  return others.map((second) => {
    const [early, late] = [first, second].map((line) => pathsOf(parseOperation(line))) as [
      string[],
      string[],
    ];
    return asked(`${setup}; ${first}; ${second}`, (shown, seen) => {
      const [old, done] = [seen[0]!, seen.at(-1)!];
      const isDone = early.every((path) => shown.at(path) === done.at(path));
      const hasBegun = late.some((path) => shown.at(path) !== old.at(path));
      if (isDone || !hasBegun) return null;
      return [...late, ...early].map((path) => shown.describe(path)).join(', ');
    });
  });
}

function pathsOf(operation: Operation): string[] {
  if ('from' in operation) return [operation.from, operation.to];
  return 'path' in operation ? [operation.path] : [];
}

export const order: readonly Property[] = [
  {
    name: 'overwrite-before-others',
    family: 'order',
    says: 'bytes written over old ones are there before whatever another file or name came to later',
    source: `${pillai}: overwrite -> any op`,
    workloads: before('write a 0 4096'),
  },
  {
    name: 'append-before-others',
    family: 'order',
    says: 'appended bytes are there before whatever another file or name came to later',
    source: `${pillai}: append -> any op`,
    workloads: before('write a 4096 4096'),
  },
  {
    name: 'truncation-before-others',
    family: 'order',
    says: 'a truncation is there before whatever another file or name came to later',
    source: `${pillai}: O_TRUNC append -> any op`,
    workloads: before('truncate a 0'),
  },
  {
    name: 'names-before-others',
    family: 'order',
    says: 'a change of names is there before whatever another file or name came to later',
    source: `${pillai}: dir op -> any op`,
    workloads: ['create c', 'rename a c', 'link a c', 'unlink a'].flatMap(before),
  },
];
