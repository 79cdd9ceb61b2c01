import t from 'tap';
import { resolvePackages } from '../../../vm/image/apt.js';
import { withCacheLock } from '../../../vm/image/cache.js';
import { requires } from '../../require.js';

const need = { commands: ['apt-get'] };

t.test('an archive that cannot be reached is named, with what to do', async (t) => {
  if (!requires(t, need)) return;
  process.env.XDG_CACHE_HOME = t.testdir({});
  const mirror = { debian: 'http://127.0.0.1:9/debian', security: 'http://127.0.0.1:9/debian-security' };
  await withCacheLock({}, () =>
    t.rejects(resolvePackages('bookworm', ['base-files'], { mirror }), {
      name: 'UnavailableError',
      message:
        /packages of Debian bookworm cannot be had from http:\/\/127.0.0.1:9\/debian; .*--mirror URL:\n.*127\.0\.0\.1/s,
    }),
  );
});

t.test('a package that Debian lacks is named', async (t) => {
  if (!requires(t, need)) return;
  process.env.XDG_CACHE_HOME = t.testdir({});
  await withCacheLock({}, () =>
    t.rejects(resolvePackages('bookworm', ['base-files', 'no-such-package-in-debian'], {}), {
      name: 'UnavailableError',
      message: /Debian bookworm at http\S+ has no package no-such-package-in-debian/,
    }),
  );
});
