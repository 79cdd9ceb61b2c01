/** The Dockerfile's parts are there, and its head says what its image takes; that it builds is `npm run campaign -- dockerfile`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { baseOf, runOptions } from '../../bench/campaign/dockerfile.js';
import { checkout } from '../e2e/plugpull.js';

const text = readFileSync(join(checkout, 'Dockerfile'), 'utf8');
/** Instructions, each on one line. */
const instructions = text
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line !== '');

t.test('begins with the oldest Node.js that plugpull runs on, on the Debian that it is for', async (t) => {
  t.match(baseOf(text), /^node:20-bookworm/);
  t.throws(() => baseOf('FROM a AS b\nFROM b\n'), /expected one FROM/);
});

t.test('what it copies and calls is there', async (t) => {
  const copied = instructions.flatMap((line) => /^COPY (.+) \S+$/.exec(line)?.[1]?.split(' ') ?? []);
  t.ok(copied.length >= 4, copied.join());
  for (const path of copied) t.ok(existsSync(join(checkout, path)), path);
  const bootstrap = readFileSync(join(checkout, 'scripts/bootstrap'), 'utf8');
  const called = instructions.filter((line) => !line.startsWith('COPY ')).join('\n');
  const parts = [...called.matchAll(/scripts\/bootstrap (\w+)/g)].map(([, part]) => part!);
  t.strictSame(parts, ['run', 'node', 'build', 'devices']);
  for (const part of parts) t.match(bootstrap, new RegExp(`^    ${part}\\) ${part}_part ;;$`, 'm'));
  // Sources come last: what changes daily must not cost the packages anew.
  const order = instructions.filter((line) => /^COPY /.test(line));
  t.equal(order.at(-1), 'COPY . .');
});

t.test('its head names what the host’s kernel takes, each with why', async (t) => {
  const options = runOptions(text);
  t.strictSame(options.filter((word) => word.startsWith('--')).length, options.length / 2);
  t.ok(options.includes('SYS_ADMIN') && options.includes('b 7:* rmw'), options.join(' '));
  const why = text.slice(text.indexOf('# Why each:'), text.indexOf('\nFROM '));
  for (const [, option, value] of options.join('\n').matchAll(/--(\S+)\n(.+)/g))
    t.ok(
      why.includes(option === 'device-cgroup-rule' ? option : value!.split('=')[0]!),
      `--${option} ${value}`,
    );
});
