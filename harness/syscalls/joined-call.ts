import { isPlainWait } from './call-names.js';
import { ownText } from './own-text.js';
import { SyntaxFault, unescapedPath, ValueReader } from './parse-values.js';
import { parseRawLine, type RawLine } from './raw-line.js';
import type { DescribedFile, Value } from './value.js';

/** How a call ended. `none`: it never returned (exit, a killed process, the end of the log). */
export type CallResult =
  | { kind: 'value'; value: number; file: DescribedFile | null }
  | { kind: 'error'; errno: string }
  | { kind: 'none' };

/**
 * One system call from its entry to its return. `enter` and `exit` are positions in the log (line numbers from 1) and
 * the only clock the judging uses: what returned at a smaller number had returned before a call that entered at a
 * larger one, because strace holds a thread at both moments until it has written the line.
 */
export interface JoinedCall {
  pid: number;
  name: string;
  arguments: Value[];
  result: CallResult;
  enter: number;
  exit: number;
  startNs: bigint;
  endNs: bigint;
  /** Frames of `-k`, innermost first. */
  stack: string[];
}

/** A line that could not be understood. */
export interface LogFault {
  line: number;
  text: string;
  reason: string;
}

/** Whatever one strace log holds, in the order in which calls returned. */
export interface JoinedLog {
  calls: JoinedCall[];
  faults: LogFault[];
  /** How often each call came that has no bearing on files and was therefore not parsed. */
  passedOver: Map<string, number>;
  /** The log ends in the middle of a line or with calls that never returned while their process lived. */
  cut: boolean;
  lines: number;
}

interface Unfinished {
  name: string;
  body: string;
  enter: number;
  startNs: bigint;
  /** What the last call that returned before had returned, in whichever thread. */
  returnedBefore: number | null;
}

const maximumFaults = 1000;
const superseded = /superseded by execve in pid (\d+)/;

/**
 * Joins `<unfinished ...>` and `<... resumed>` lines and parses arguments and results. Feed it lines in order, then
 * call `finish`. Never throws on any input; each line ends up in a call, in a known other form, or in `faults`.
 */
export class CallJoiner {
  private calls: JoinedCall[] = [];
  private readonly passedOver = new Map<string, number>();
  private readonly faults: LogFault[] = [];
  private readonly unfinished = new Map<number, Unfinished>();
  /** Lines of calls that nobody knows the names of, by thread. */
  private readonly untold = new Map<number, { line: number; text: string }>();
  private readonly ended = new Set<number>();
  private lines = 0;
  private returned: number | null = null;
  private last: JoinedCall | null = null;

  /** Calls whose name `passOver` accepts are counted, not parsed: their arguments do not matter. Of plain waits the time is kept. */
  constructor(private readonly passOver: (name: string) => boolean) {}

  push(line: string): void {
    const number = ++this.lines;
    const raw = parseRawLine(line);
    if ('pid' in raw && raw.kind !== 'end' && !(raw.kind === 'untold' && raw.goesOn))
      this.livesAfterUntold(raw.pid);
    switch (raw.kind) {
      case 'call':
        this.unfinishedBy(raw.pid);
        this.complete(raw.pid, raw.name, raw.body, {
          enter: number,
          exit: number,
          startNs: raw.timeNs,
          endNs: raw.timeNs,
          returnedBefore: this.returned,
        });
        return;
      case 'unfinished':
        this.unfinishedBy(raw.pid);
        this.unfinished.set(raw.pid, {
          name: raw.name,
          body: raw.body,
          enter: number,
          startNs: raw.timeNs,
          returnedBefore: this.returned,
        });
        return;
      case 'resumed': {
        const head = this.unfinished.get(raw.pid);
        // `exit(0) = ?` may be followed by `<... exit resumed>) = ?`.
        if (!head && (raw.name === 'exit' || raw.name === 'exit_group')) return;
        if (!head || (head.name !== raw.name && !head.name.startsWith('syscall_'))) {
          this.fault(number, line, 'a call goes on that never began');
          return;
        }
        this.unfinished.delete(raw.pid);
        this.complete(raw.pid, head.name, head.body + raw.body, {
          enter: head.enter,
          exit: number,
          startNs: head.startNs,
          endNs: raw.timeNs,
          returnedBefore: head.returnedBefore,
        });
        return;
      }
      case 'untold':
        if (raw.goesOn) {
          if (!this.untold.has(raw.pid)) this.fault(number, line, 'a call goes on that never began');
          return;
        }
        this.unfinishedBy(raw.pid);
        this.untold.set(raw.pid, { line: number, text: line });
        return;
      case 'frame':
        if (this.last) this.last.stack.push(raw.text);
        return;
      case 'end':
        // Killed where strace had stopped it, at the entry of the call, which the kernel then does not carry out
        // (ptrace_report_syscall_entry, __seccomp_filter: a fatal signal is pending).
        this.untold.delete(raw.pid);
        this.endThread(raw, number);
        return;
      case 'signal':
      case 'empty':
        return;
      case 'fault':
        this.fault(number, line, 'not a form strace prints');
    }
  }

  /** The thread that called execve goes on as the first one of its process, under whose number the call returns. */
  private endThread({ pid, timeNs, text }: Extract<RawLine, { kind: 'end' }>, line: number): void {
    const caller = superseded.exec(text);
    const ended = caller ? Number(caller[1]) : pid;
    const head = caller && this.unfinished.get(ended);
    if (head) {
      this.unfinished.delete(ended);
      this.unfinished.set(pid, head);
    } else if (caller) this.unfinished.delete(pid);
    else this.completeUnfinished(pid, line);
    this.ended.add(ended);
    this.calls.push(endOfProcess(ended, line, timeNs));
  }

  /** The calls since this was asked last; `finish` has those that come later. The last one may still get frames. */
  joined(): JoinedCall[] {
    const { calls } = this;
    this.calls = [];
    return calls;
  }

  finish(options: { lastLineComplete: boolean }): JoinedLog {
    let cut = !options.lastLineComplete;
    for (const pid of [...this.untold.keys()]) this.livesAfterUntold(pid);
    for (const [pid, head] of this.unfinished) {
      if (!this.ended.has(pid) && !neverReturns.has(head.name)) cut = true;
      this.completeUnfinished(pid, Number.POSITIVE_INFINITY);
    }
    const { calls, faults, passedOver, lines } = this;
    return { calls, faults, passedOver, cut, lines };
  }

  /** A call that never returned. Its thread's end is its own: whatever it did, it did before. */
  private completeUnfinished(pid: number, exit: number): void {
    const head = this.unfinished.get(pid);
    if (!head) return;
    this.unfinished.delete(pid);
    const { name, body, enter, startNs, returnedBefore } = head;
    this.complete(
      pid,
      name,
      body,
      { enter, exit, startNs, endNs: startNs, returnedBefore },
      { neverReturned: true },
    );
  }

  /** A thread that begins a call while an earlier one is open: the earlier one's end is not in the log. */
  private unfinishedBy(pid: number): void {
    const head = this.unfinished.get(pid);
    if (!head) return;
    this.unfinished.delete(pid);
    this.fault(head.enter, `${head.name}(${head.body}`, 'its return is not in the log');
  }

  /** A thread that did not end with it may have carried it out, whatever it was. */
  private livesAfterUntold(pid: number): void {
    const call = this.untold.get(pid);
    if (!call) return;
    this.untold.delete(pid);
    this.fault(call.line, call.text, 'which call it was is not in the log');
  }

  private complete(
    pid: number,
    name: string,
    body: string,
    {
      returnedBefore,
      ...span
    }: Pick<JoinedCall, 'enter' | 'exit' | 'startNs' | 'endNs'> & Pick<Unfinished, 'returnedBefore'>,
    { neverReturned } = { neverReturned: false },
  ): void {
    if (this.passOver(name)) {
      this.passedOver.set(name, (this.passedOver.get(name) ?? 0) + 1);
      this.last = null;
      // What it waits for does not matter, nor how it ended.
      if (isPlainWait(name, body))
        this.calls.push({ pid, name, arguments: [], result: { kind: 'none' }, ...span, stack: [] });
      return;
    }
    try {
      const text = neverReturned ? closed(body) : killed(body);
      const reader = new ValueReader(text);
      const values = reader.readArguments();
      const { result, durationNs } = parseResult(text.slice(reader.position), neverReturned);
      if (result.kind === 'value') this.returned = result.value;
      if (result.kind === 'none' && isLeftOver(name, returnedBefore)) {
        this.last = null;
        return;
      }
      const call: JoinedCall = {
        pid,
        name,
        arguments: values,
        result,
        ...span,
        endNs: durationNs === null ? span.endNs : span.startNs + durationNs,
        stack: [],
      };
      this.calls.push(call);
      this.last = call;
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      this.last = null;
      this.fault(span.enter, `${name}(${body}`, error.message);
    }
  }

  private fault(line: number, text: string, reason: string): void {
    if (this.faults.length < maximumFaults)
      this.faults.push({ line, text: ownText(text.slice(0, 200)), reason });
  }
}

/** The name of the call that stands for the end of a thread (`+++ exited with 0 +++`). */
export const endOfProcessName = '+++';

function endOfProcess(pid: number, line: number, timeNs: bigint): JoinedCall {
  const result: CallResult = { kind: 'none' };
  return {
    pid,
    name: endOfProcessName,
    arguments: [],
    result,
    enter: line,
    exit: line,
    startNs: timeNs,
    endNs: timeNs,
    stack: [],
  };
}

const unnamed = /^syscall_0x([0-9a-f]+)$/;
/** Linux has some 470 in 2026. Those of x32 bear a bit besides (asm/unistd_x32.h). */
const moreThanLinuxHas = 1024;
const x32Bit = 0x40000000;

/**
 * A thread is killed where strace had stopped it, and strace, which asks the kernel only then what it was about to do
 * (PTRACE_GET_SYSCALL_INFO), is told that it is in no call: it takes for the number what that place of its memory still
 * holds, which is what another call returned (strace 6.1, `get_scno`). Such a thread did not carry out anything any more.
 */
function isLeftOver(name: string, returnedBefore: number | null): boolean {
  const digits = unnamed.exec(name)?.[1];
  if (digits === undefined) return false;
  const number = Number.parseInt(digits, 16);
  return number === returnedBefore || (number >= x32Bit ? number - x32Bit : number) >= moreThanLinuxHas;
}

const neverReturns = new Set(['exit', 'exit_group', 'execve', 'rt_sigreturn']);

/** Gives the head of a call that never returned the ending a whole one has. */
function closed(body: string): string {
  const trimmed = body.trimEnd().replace(/,$/, '');
  return /\)\s*=\s*\?$/.test(trimmed) ? trimmed : `${trimmed}) = ?`;
}

/** `read(3,  <unfinished ...>) = ?`: its process was killed in it, and strace had printed only what it knew before. */
function killed(body: string): string {
  // Behind a payload of megabytes only the end of the line is worth a look.
  const end = body.slice(-80);
  const mark = end.search(/,?\s*<unfinished \.\.\.>\)\s*= \?(?: <unavailable>)?$/);
  return mark < 0 ? body : `${body.slice(0, body.length - end.length + mark)}) = ?`;
}

const resultForm =
  /^\s*= (?:(\?)(?: (E[A-Z0-9_]+) \([^)]*\))?|(-?\d+|0x[0-9a-f]+)(?:<((?:[^>])*)>>?(\(deleted\))?)?(?: (E[A-Z0-9_]+) \(.*?\))?(?: \(.*?\))?)(?: \((?:INJECTED|DELAYED|INJECTED: args|INJECTED, DELAYED)[^)]*\))*(?: <(?:(\d+)\.(\d+)|unavailable)>)?\s*$/;

function parseResult(
  text: string,
  neverReturned: boolean,
): { result: CallResult; durationNs: bigint | null } {
  const match = text.length > 4096 ? null : resultForm.exec(text);
  if (!match) {
    if (neverReturned) return { result: { kind: 'none' }, durationNs: null };
    throw new SyntaxFault('the result has no known form');
  }
  const durationNs = match[7] ? BigInt(match[7]) * 1_000_000_000n + BigInt(match[8]!.padEnd(9, '0')) : null;
  if (match[1])
    return { result: match[2] ? { kind: 'error', errno: match[2] } : { kind: 'none' }, durationNs };
  if (match[6]) return { result: { kind: 'error', errno: match[6] }, durationNs };
  if (match[3] === '-1') return { result: { kind: 'error', errno: 'UNKNOWN' }, durationNs };
  const file =
    match[4] === undefined ? null : { path: unescapedPath(match[4]), deleted: match[5] !== undefined };
  return { result: { kind: 'value', value: Number(match[3]), file }, durationNs };
}
