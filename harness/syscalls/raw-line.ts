/**
 * One line of a strace log, cut into its parts but not yet understood.
 *
 *     PID TIME BODY
 *
 * PID stands there because of `-f -o FILE`, TIME because of `--absolute-timestamps=format:unix,precision:ns`. BODY is
 * a whole call, the head of a call another thread interrupted (`... <unfinished ...>`), or of an execve that makes its
 * thread the process's first one (`... <pid changed to 7 ...>`), its tail
 * (`<... name resumed>...`), a stack frame of `-k` (` > file(symbol+0x1) [0x2]`), a signal (`---`) or an end (`+++`).
 * `???( <unfinished ...>` and `???() = ?` are a call whose thread was killed before strace could ask which one it was
 * (`untold`), and `<... ??? resumed>) = ?` is the end of the first (`goesOn`).
 */
import { ownText } from './own-text.js';
export type RawLine =
  | { kind: 'call'; pid: number; timeNs: bigint; name: string; body: string }
  | { kind: 'unfinished'; pid: number; timeNs: bigint; name: string; body: string }
  | { kind: 'resumed'; pid: number; timeNs: bigint; name: string; body: string }
  | { kind: 'untold'; pid: number; goesOn: boolean }
  | { kind: 'frame'; text: string }
  | { kind: 'signal'; pid: number; text: string }
  | { kind: 'end'; pid: number; timeNs: bigint; text: string }
  | { kind: 'empty' }
  | { kind: 'fault'; text: string };

const head = /^(?:(\d+) +)?(?:(\d{1,12})\.(\d{1,9}) )?/;
const callName = /^([a-z_][a-z0-9_]*|syscall_0x[0-9a-f]+)\(/;
const resumedName = /^<\.\.\. ([a-z_][a-z0-9_]*|syscall_0x[0-9a-f]+) resumed>/;
const untold = /^\?+\((?:\s*<unfinished \.\.\.>(?:\)\s*= \?)?|\)\s*= \?)(?: <unavailable>)?$/;
const untoldResumed = /^<\.\.\. \?+ resumed>(?:\s*<unfinished \.\.\.>)?\)\s*= \?(?: <unavailable>)?$/;
const unfinishedMark = ' <unfinished ...>';
const pidChanged = / <pid changed to \d+ \.\.\.>$/;

/** Never throws: what has no known form becomes a `fault`. The text has one character a byte. */
export function parseRawLine(line: string): RawLine {
  if (line === '') return { kind: 'empty' };
  if (line.startsWith(' > ')) return { kind: 'frame', text: line.slice(3) };
  const prefix = head.exec(line)!;
  const pid = Number(prefix[1] ?? 0);
  const timeNs = prefix[2] ? BigInt(prefix[2]) * 1_000_000_000n + BigInt(prefix[3]!.padEnd(9, '0')) : 0n;
  const body = prefix[0].length === 0 ? line : line.slice(prefix[0].length);
  const first = body[0];
  if (first === '+') {
    return body.startsWith('+++ ') && body.endsWith(' +++')
      ? { kind: 'end', pid, timeNs, text: body }
      : fault(line);
  }
  if (first === '-') {
    return body.startsWith('--- ') && body.endsWith(' ---')
      ? { kind: 'signal', pid, text: body }
      : fault(line);
  }
  if (first === '<') {
    if (untoldResumed.test(body)) return { kind: 'untold', pid, goesOn: true };
    const match = resumedName.exec(body);
    return match
      ? { kind: 'resumed', pid, timeNs, name: match[1]!, body: body.slice(match[0].length) }
      : fault(line);
  }
  if (first === '?') return untold.test(body) ? { kind: 'untold', pid, goesOn: false } : fault(line);
  const match = callName.exec(body);
  if (!match) return fault(line);
  const name = ownText(match[1]!);
  const rest = body.slice(match[0].length);
  if (rest.endsWith(unfinishedMark)) {
    return { kind: 'unfinished', pid, timeNs, name, body: rest.slice(0, -unfinishedMark.length) };
  }
  const changed = pidChanged.exec(rest);
  if (changed) return { kind: 'unfinished', pid, timeNs, name, body: rest.slice(0, changed.index) };
  if (rest.endsWith('<unfinished ...>') && !rest.includes('"')) {
    return { kind: 'unfinished', pid, timeNs, name, body: rest.slice(0, -'<unfinished ...>'.length) };
  }
  return { kind: 'call', pid, timeNs, name, body: rest };
}

function fault(line: string): RawLine {
  return { kind: 'fault', text: line.length > 200 ? `${line.slice(0, 200)}...` : line };
}
