/**
 * Which Redis may be a queue. A worker runs the commands that it finds there, so whoever can write to that Redis can run
 * commands on every worker: it is one that only this machine reaches, or one behind TLS and a password.
 */
import { UsageError } from '../verdict/errors.js';

/** As ioredis takes it. */
export interface RedisAddress {
  host: string;
  port: number;
  db: number;
  username?: string;
  password?: string;
  tls?: { servername: string };
}

/** Where the password may stand instead, since a command line is seen by every user of a machine. */
export const passwordVariable = 'PLUGPULL_QUEUE_PASSWORD';

const expected =
  'expected redis://127.0.0.1[:PORT][/DB], a Redis that only this machine reaches, or rediss://[USER:]PASSWORD@HOST[:PORT][/DB], TLS and a password';

/** @throws UsageError for anything but a loopback address, or TLS with a password */
export function redisAddress(text: string, password = process.env[passwordVariable]): RedisAddress {
  const url = parsed(text);
  const isTls = url.protocol === 'rediss:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const secret = url.password === '' ? password : decodeURIComponent(url.password);
  const db = Number(url.pathname.replace(/^\//, '') || '0');
  if (!Number.isInteger(db)) throw new UsageError(`--queue: ${expected}; got ${shown(url)}`);
  if (!isLoopback(host) && !(isTls && secret)) {
    const lacks = isTls ? 'no password' : 'no TLS';
    throw new UsageError(
      `--queue: ${expected}, because workers run what they find there; got ${shown(url)}, which has ${lacks}. Give ${isTls ? `a password (or set ${passwordVariable})` : 'it TLS and a password'}, or reach it by ssh -L 6379:127.0.0.1:6379 ${host}`,
    );
  }
  return {
    host,
    port: Number(url.port || '6379'),
    db,
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(secret ? { password: secret } : {}),
    ...(isTls ? { tls: { servername: host } } : {}),
  };
}

function parsed(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '')
    throw new UsageError(`--queue: ${expected}; got ${JSON.stringify(text)}`);
  return url;
}

/** Without its password. */
function shown(url: URL): string {
  const { protocol, host, pathname } = url;
  return `${protocol}//${host}${pathname}`;
}

/** An address of RFC 1122, 3.2.1.3 (127.0.0.0/8) or RFC 4291, 2.5.3 (::1), or the name of both. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** For messages: without the password. */
export function addressText({ host, port, db, tls }: RedisAddress): string {
  return `${tls ? 'rediss' : 'redis'}://${host.includes(':') ? `[${host}]` : host}:${port}${db === 0 ? '' : `/${db}`}`;
}
