/** What is started as a program is bundled: nobody starts one that Node has to put together from hundreds of files. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join, normalize } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { execa } from 'execa';
import stringWidth from 'string-width';
import t from 'tap';
import { whenNeeded } from '../../harness/bundle/late-widths.js';
import { command, processes } from '../../harness/bundle/programs.js';
import { checkout } from '../e2e/plugpull.js';

/** Programs that sources start, found beside themselves. Those in api/child load the user's modules, and are small. */
function started(): string[] {
  const files = ['harness', 'vm'].flatMap((folder) =>
    readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  return files.flatMap((file) =>
    [
      ...readFileSync(join(checkout, file), 'utf8').matchAll(/new URL\('([^']+)\.js', import\.meta\.url\)/g),
    ].map(([, path]) => normalize(join(dirname(file), path!))),
  );
}

function bundleOf(program: string): string {
  const own = readFileSync(join(checkout, 'dist', `${program}.js`), 'utf8');
  return join(checkout, 'dist', dirname(program), /new URL\("([^"]+)"/.exec(own)![1]!);
}

t.test('every program that is started is bundled', async (t) => {
  const found = [...new Set(started())].filter(
    (path) => existsSync(join(checkout, `${path}.ts`)) && !path.startsWith('harness/api/child/'),
  );
  t.strictSame(found.sort(), [...processes].sort());
});

t.test('its own file is one line, and its bundle has all of plugpull that it needs', async (t) => {
  const notBundled = new Set(['koffi', 'bullmq', 'ioredis']);
  for (const program of [command, ...processes]) {
    const lines = readFileSync(join(checkout, 'dist', `${program}.js`), 'utf8').replace(/^#!.*\n/, '');
    t.match(
      lines,
      /^import \{ load \} from "[./]*(?:harness\/)?bundle\/load\.js"; load\(new URL\("[./]*programs\/[a-z-]+-[A-Z0-9]{8}\.cjs", import\.meta\.url\)\);\n$/,
      program,
    );
    const text = readFileSync(bundleOf(program), 'utf8');
    // Not by notMatch, which would format megabytes.
    t.notOk(/^(?:import|export) .*"/m.test(text), `${program} imports nothing`);
    // What an unbundled module imported by a path would be.
    const read = [...text.matchAll(/^const .* = require\("([^"]+)"\);$/gm)].map(([, module]) => module!);
    const strangers = read.filter((module) => !isBuiltin(module) && !notBundled.has(module));
    t.strictSame(strangers, [], program);
  }
});

t.test('the code of a program lies beside it, and one that is torn is made again', async (t) => {
  const tag = cachedDataVersionTag().toString(16);
  for (const program of [command, ...processes])
    t.ok(existsSync(`${bundleOf(program)}.${tag}.code`), program);

  const folder = t.testdir({
    'greet.cjs': '(function (require, $bundleUrl) {console.log(require("node:path").basename($bundleUrl));})',
    'greet.mjs': `import { load } from ${JSON.stringify(join(checkout, 'dist/harness/bundle/load.js'))};
      load(new URL('greet.cjs', import.meta.url));`,
  });
  const code = join(folder, `greet.cjs.${tag}.code`);
  const greet = () => execa('node', [join(folder, 'greet.mjs')]);
  t.equal((await greet()).stdout, 'greet.cjs', 'without code');
  const whole = readFileSync(code);
  writeFileSync(code, whole.subarray(0, whole.length - 20));
  t.equal((await greet()).stdout, 'greet.cjs', 'with torn code');
  t.equal(readFileSync(code).length, whole.length, 'which is whole again');
  const { ino } = statSync(code);
  t.equal((await greet()).stdout, 'greet.cjs', 'with its code');
  t.equal(statSync(code).ino, ino, 'which is left as it is');
  t.strictSame(
    readdirSync(folder).filter((name) => name.endsWith('.code')),
    [basename(code)],
  );
});

t.test(
  'what only other scripts than ASCII need is not made as a program starts, and counts the same',
  async (t) => {
    const eager =
      /(?:^|[;{])\s*(?:const|let|var)?\s*\w+ = (?:new Intl\.Segmenter|new RegExp\("[^"]*RGI_Emoji)/m;
    for (const program of [command, ...processes])
      t.notOk(eager.test(readFileSync(bundleOf(program), 'utf8')), program);
    const own = readFileSync(join(checkout, 'node_modules/string-width/index.js'), 'utf8');
    t.ok(/^const segmenter = new/m.test(own), 'as it is written, it is');
    const late = whenNeeded(own);
    t.equal(late.match(/\?\?=/g)?.length, 2);
    // Beside the modules that it needs.
    const folder = t.testdir({ 'late.mjs': late });
    const { default: lateWidth } = (await import(join(folder, 'late.mjs'))) as {
      default: typeof stringWidth;
    };
    for (const text of [
      'abc',
      '',
      '漢字',
      'ｶﾞ',
      'é',
      'e\u0301',
      '👨‍👩‍👧',
      '1️⃣',
      '🇩🇪x',
      '\u200b',
      '\x1b[31mrot\x1b[0m',
      '한글',
    ])
      t.equal(lateWidth(text), stringWidth(text), JSON.stringify(text));
    t.equal(lateWidth('漢字'), 4);
    t.equal(whenNeeded('const other = new Intl.Segmenter();'), 'const other = new Intl.Segmenter();');
  },
);
