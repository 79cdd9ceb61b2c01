/** The pages name files of this repository that are there: a page that was not moved along with its file misleads. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const root = join(import.meta.dirname, '../../..');

/** Stands for any test. */
const placeholder = 'test/FOLDER/NAME.test.ts';

/** Source files that a page names, as they stand there: some by their last folder and name alone. */
function namedIn(text: string): string[] {
  return [...text.matchAll(/`([a-z][\w./-]*\.ts)`/g)].map(([, path]) => path!);
}

t.test('each source file that a page names exists', async (t) => {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files = listed.split('\n').filter(Boolean);
  const pages = files.filter((file) => /^(docs\/[^/]+|README|CONTRIBUTING)\.md$/.test(file));
  let named = 0;
  for (const page of pages) {
    for (const path of namedIn(readFileSync(join(root, page), 'utf8'))) {
      if (path === placeholder) continue;
      named += 1;
      t.ok(
        files.some((file) => file === path || file.endsWith(`/${path}`)),
        `${page} names ${path}`,
      );
    }
  }
  t.ok(named > 40);
});

t.strictSame(namedIn('see `promise/law.ts` and `whole.ts`, not `law.md` or `A.ts`'), [
  'promise/law.ts',
  'whole.ts',
]);
