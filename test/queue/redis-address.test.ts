/** Which Redis may be a queue: one that only this machine reaches, or one behind TLS and a password. */
import t from 'tap';
import { addressText, redisAddress } from '../../harness/queue/redis-address.js';

t.test('what may be used', async (t) => {
  t.match(redisAddress('redis://127.0.0.1'), { host: '127.0.0.1', port: 6379, db: 0 });
  t.match(redisAddress('redis://localhost:7000/3'), { host: 'localhost', port: 7000, db: 3 });
  t.match(redisAddress('redis://[::1]:7000'), { host: '::1' });
  t.strictSame(redisAddress('rediss://plug:s%40fe@queue.example:6380'), {
    ...{ host: 'queue.example', port: 6380, db: 0, username: 'plug', password: 's@fe' },
    tls: { servername: 'queue.example' },
  });
  t.match(redisAddress('rediss://queue.example', 'secret'), { password: 'secret' }, 'from the environment');
});

t.test('what may not', async (t) => {
  for (const [text, says] of [
    ['redis://queue.example', /has no TLS/],
    ['redis://:secret@queue.example', /has no TLS/],
    ['redis://127.0.0.1.example.com', /has no TLS/],
    ['redis://0.0.0.0', /has no TLS/],
    ['redis://10.0.0.1', /has no TLS.*ssh -L 6379:127.0.0.1:6379 10.0.0.1/],
    ['rediss://queue.example', /has no password.*PLUGPULL_QUEUE_PASSWORD/],
    ['http://127.0.0.1', /expected redis:\/\/127.0.0.1/],
    ['127.0.0.1:6379', /got "127.0.0.1:6379"/],
    ['redis://127.0.0.1/name', /expected redis:/],
  ] as const)
    t.throws(() => redisAddress(text, undefined), { exitCode: 64, message: says }, text);
});

t.test('no message holds the password', async (t) => {
  const told = t.throws(() => redisAddress('redis://:hush@queue.example')) as Error;
  t.notMatch(told.message, /hush/);
  t.equal(addressText(redisAddress('rediss://:hush@queue.example')), 'rediss://queue.example:6379');
});
