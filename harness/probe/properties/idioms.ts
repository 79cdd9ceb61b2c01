/** What applications do with one file and no sync call, and what they hope that a crash leaves of it. */
import { asked, type Property, type PropertyWorkload, pillai } from './property.js';

/** The file under its old name or its new one is a whole version. */
function wholeVersions(text: string, path: string): PropertyWorkload {
  return asked(text, (shown, before) => {
    const versions = [before[0]!.at(path), before.at(-1)!.at(path)];
    return versions.includes(shown.at(path)) ? null : shown.describe(path);
  });
}

/** Under its new name it has what it had when it was given it. */
function wholeUnder(text: string, path: string): PropertyWorkload {
  return asked(text, (shown, before) =>
    !shown.has(path) || shown.at(path) === before.at(-1)!.at(path) ? null : shown.describe(path),
  );
}

export const idioms: readonly Property[] = [
  {
    name: 'append-before-rename',
    family: 'idiom',
    says: 'a file under its new name has the bytes that were appended before the rename',
    source: `${pillai}: [append, rename] -> any op`,
    workloads: [
      wholeUnder('create a; write a 0 4096; start; write a 4096 4096; rename a b', 'b'),
      wholeUnder('create a; write a 0 512; start; write a 512 12288; rename a b', 'b'),
    ],
  },
  {
    name: 'two-appends',
    family: 'idiom',
    says: 'of two appends to one file the second is not there before all of the first is',
    source: `${pillai}: append -> append (same file)`,
    workloads: [512, 4096, 12288].map((length) =>
      asked(
        `create a; write a 0 4096; start; write a 4096 ${length}; write a ${4096 + length} ${length}`,
        (shown, before) => {
          const [found, first] = [shown.bytes('a'), before[1]!.bytes('a')];
          const isThere = found.length > first.length;
          return isThere && !found.subarray(0, first.length).equals(first) ? shown.describe('a') : null;
        },
      ),
    ),
  },
  {
    name: 'truncate-and-rewrite',
    family: 'idiom',
    says: 'a file that is truncated and written anew has its old bytes or its new ones',
    source: 'Pillai et al., OSDI 2014, section 2.2; ext4, auto_da_alloc (Documentation/admin-guide/ext4.rst)',
    workloads: [
      wholeVersions('create a; write a 0 4096; start; truncate a 0; write a 0 4096', 'a'),
      wholeVersions('create a; write a 0 12288; start; truncate a 0; write a 0 512', 'a'),
    ],
  },
  {
    name: 'replace-by-rename',
    family: 'idiom',
    says: 'a file that a new one is renamed over has its old bytes or the new ones',
    source: 'Pillai et al., OSDI 2014, section 2.2; ext4, auto_da_alloc (Documentation/admin-guide/ext4.rst)',
    workloads: [
      wholeVersions('create a; write a 0 4096; start; create b; write b 0 4096; rename b a', 'a'),
      wholeVersions('create a; write a 0 4096; start; create b; write b 0 12288; rename b a', 'a'),
    ],
  },
  {
    name: 'create-by-rename',
    family: 'idiom',
    says: 'a file that is written under another name and renamed is whole under its new one',
    source: 'Pillai et al., OSDI 2014, section 2.2: safe rename without an old file',
    workloads: [
      wholeUnder('create a; write a 0 4096; rename a b', 'b'),
      wholeUnder('create a; write a 0 12288; rename a b', 'b'),
    ],
  },
];
