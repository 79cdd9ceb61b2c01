/**
 * Looks at files that a program maps, while it stands still before a call: stores through a mapping are no system calls.
 * Looked is before each call that makes something durable and each that tells something, because in between nobody is
 * owed anything.
 *
 * Assumes that the files change only by the program. Guarantees that what is seen before a call was there before the
 * call began its work, so that what it makes durable includes it.
 */
import { closeSync, fstatSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { letGoOn, takeNotice } from '../../attach/call-notices.js';
import { EventPoll } from '../../attach/event-poll.js';
import { readSparse } from '../../attach/read-sparse.js';
import type { BytePath } from '../../syscalls/byte-path.js';
import { writeCalls } from '../../syscalls/noticed-calls.js';
import { type DataRange, FileBytes } from '../../trace/file-bytes.js';
import type { Look, SeenFile } from '../../trace/look.js';

interface WatchedFile {
  fd: number;
  inode: bigint;
  content: FileBytes;
  /** Somebody was seen to have it mapped writable. */
  writable: boolean;
}

/** Databases map large files to read them: those are looked at only once somebody can store in them. */
const largeBytes = 1 << 20;

const protectionWrite = 2;
/** Of a line in /proc/PID/maps: the inode of a file that is mapped shared and writable (proc_pid_maps(5)). */
const writableShared = /^\S+ .w.s \S+ \S+ (\d+)/gm;

const deleted = / \(deleted\)$/;
const nameless = /(^|\/)#\d+ \(deleted\)$/;

export class Looker {
  readonly looks: Look[] = [];
  /** Why not all was seen; null when it was. */
  lack: string | null = 'the program did not start';
  private readonly poll = new EventPoll();
  private readonly files: WatchedFile[] = [];
  private readonly above: BytePath;
  private listener: number | null = null;
  private output = '';

  /** @param root the directory whose files are looked at, absolute and without links */
  constructor(root: string) {
    this.above = `${Buffer.from(root).toString('latin1')}/`;
  }

  /**
   * @param listener of a child that runs under `noticed`, or why there is none
   * @param output what the kernel calls its standard output
   */
  attend(listener: number | Error, output: string): void {
    this.output = output;
    if (typeof listener !== 'number') {
      this.lack = listener.message;
      return;
    }
    this.listener = listener;
    this.lack = null;
    this.poll.add(listener, () => this.turn(listener));
    void this.poll.run((fault) => this.failed(fault));
  }

  close(): void {
    this.poll.close();
    if (this.listener !== null) closeSync(this.listener);
    this.listener = null;
    for (const { fd } of this.files.splice(0)) closeSync(fd);
  }

  private turn(listener: number): void {
    const notice = takeNotice(listener);
    if (notice === 'over') this.poll.remove(listener);
    if (typeof notice === 'string') return;
    const { pid, name } = notice;
    try {
      if (name === 'mmap') {
        const [, , protection, , fd] = notice.arguments;
        this.watch(`/proc/${pid}/fd/${fd}`, (protection! & protectionWrite) !== 0);
      } else if (this.isTold(name, `/proc/${pid}/fd/${notice.arguments[0]}`)) {
        this.looks.push({ pid, call: name, files: this.look(pid), output: this.output });
      }
    } catch (error) {
      this.failed(error);
    } finally {
      letGoOn(listener, notice);
    }
  }

  /** Writes tell something where they go to standard output. */
  private isTold(name: string, link: string): boolean {
    if (!(writeCalls as readonly string[]).includes(name)) return true;
    try {
      return readlinkSync(link) === this.output;
    } catch {
      // No such descriptor: it will not be written to.
      return false;
    }
  }

  private failed(error: unknown): void {
    this.lack ??= (error as Error).message;
  }

  /** A file that is about to be mapped, by a descriptor of our own: it stays the same whatever becomes of its name. */
  private watch(link: string, writable: boolean): void {
    if (this.pathOf(link) === null) return;
    const fd = openSync(link, 'r');
    const { ino: inode } = fstatSync(fd, { bigint: true });
    const known = this.files.find((file) => file.inode === inode);
    if (!known) {
      this.files.push({ fd, inode, content: FileBytes.empty, writable });
      return;
    }
    known.writable ||= writable;
    closeSync(fd);
  }

  private look(pid: number): SeenFile[] {
    if (this.files.some(({ writable }) => !writable)) this.noteMadeWritable(pid);
    const seen: SeenFile[] = [];
    for (const [number, file] of this.files.entries()) {
      const path = this.pathOf(`/proc/self/fd/${file.fd}`);
      if (path === null) continue;
      const { size } = fstatSync(file.fd);
      if (size > largeBytes && !file.writable) continue;
      const content = readSparse(file.fd, size);
      seen.push({ file: number, path, size, changed: changes(file.content, content) });
      file.content = content;
    }
    return seen;
  }

  /** mprotect(2) makes a mapping writable, and is not asked about: programs that write their own code call it all the time. */
  private noteMadeWritable(pid: number): void {
    const maps = readFileSync(`/proc/${pid}/maps`, 'latin1');
    const inodes = new Set([...maps.matchAll(writableShared)].map(([, inode]) => BigInt(inode!)));
    for (const file of this.files) file.writable ||= inodes.has(file.inode);
  }

  /**
   * Below the directory; null for what lies elsewhere or has no name any longer. A file made without a name (O_TMPFILE) is
   * called by its number for as long as it is open, also once it has a name.
   */
  private pathOf(link: string): BytePath | null {
    const path = readlinkSync(link, { encoding: 'buffer' }).toString('latin1');
    if (!path.startsWith(this.above)) return null;
    const below = path.slice(this.above.length);
    if (nameless.test(below)) return below.replace(deleted, '');
    return deleted.test(below) ? null : below;
  }
}

function changes(before: FileBytes, after: FileBytes): FileBytes {
  const ranges: DataRange[] = [];
  for (const { from, to } of after.differences(before))
    ranges.push({ offset: from, bytes: after.read(from, to) });
  for (const { offset, bytes } of after.ranges) {
    const known = Math.max(0, before.length - offset);
    if (known < bytes.length) ranges.push({ offset: offset + known, bytes: bytes.subarray(known) });
  }
  return new FileBytes(after.length, ranges);
}
