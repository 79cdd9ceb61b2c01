/** listxattr(2) and getxattr(2), which Node does not offer; links are not followed. */
import { constants } from 'node:os';
import koffi from 'koffi';
import { isPromisedXattr, type Xattrs } from '../trace/attributes.js';
import { SystemCallError } from './libc.js';

const libc = koffi.load('libc.so.6');
const llistxattr = libc.func('long llistxattr(const void *path, void *list, size_t size)');
const lgetxattr = libc.func('long lgetxattr(const void *path, const char *name, void *value, size_t size)');

/** The largest value, and the largest list of names, that Linux has (limits.h: XATTR_SIZE_MAX, XATTR_LIST_MAX). */
const largestBytes = 65536;
const { ENODATA, ENOTSUP } = constants.errno;
/** Filled and read before the next call. */
const buffer = Buffer.alloc(largestBytes);

/**
 * Those that a promise can speak of; none on a file system that has no attributes.
 *
 * @param path without a NUL; bytes where it need not be UTF-8
 * @throws SystemCallError with the errno's name as `code`
 */
export function readXattrs(path: string | Buffer): Xattrs {
  const terminated = Buffer.concat([Buffer.from(path as string), Buffer.alloc(1)]);
  const found: Record<string, string> = {};
  const listed = llistxattr(terminated, buffer, largestBytes) as number;
  if (listed < 0) {
    if (koffi.errno() === ENOTSUP) return found;
    throw new SystemCallError('llistxattr', String(path), koffi.errno());
  }
  if (listed === 0) return found;
  const names = buffer.toString('utf8', 0, listed).split('\0').filter(isPromisedXattr).sort();
  for (const name of names) {
    const length = lgetxattr(terminated, name, buffer, largestBytes) as number;
    if (length >= 0) found[name] = buffer.toString('base64', 0, length);
    // Removed by another thread while we looked: then it was not there.
    else if (koffi.errno() !== ENODATA)
      throw new SystemCallError('lgetxattr', `${path}, ${name}`, koffi.errno());
  }
  return found;
}
