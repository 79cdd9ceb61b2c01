/**
 * Parses and judges one log, in a process of its own, so that its memory is nobody else's:
 * node dist/bench/contract/judge-log-once.js LOG. Prints one JSON object.
 */
import { judgeCalls } from '../../harness/contract/judge-calls.js';
import type { DirectoryTree } from '../../harness/model/directory-tree.js';
import { readTraceLog } from '../../harness/syscalls/trace-log.js';
import { ackPattern, logRoot } from './call-log.js';

/** What was measured. */
export interface JudgedOnce {
  calls: number;
  parse_ms: number;
  judge_ms: number;
  /** The most memory the process ever held. */
  peak_mib: number;
  outcome: string;
  findings: number;
  acks: number;
}

const [logFile = ''] = process.argv.slice(2);
const started = performance.now();
const log = readTraceLog(logFile);
const parsed = performance.now();
const initial: DirectoryTree = new Map([
  ['', { kind: 'directory', identity: 'root', mode: 0o755, content: null, target: null }],
]);
const { outcome, findings, acks } = judgeCalls(log.calls, {
  rootPath: logRoot,
  initial,
  final: null,
  acks: { stdout: { ack: ackPattern }, socket: null },
  promises: { snapshot: true, files: [], atomic: ['config'], gone: [], ignore: [] },
  models: ['posix'],
  log,
});
const judged = performance.now();
const measured: JudgedOnce = {
  calls: log.calls.length,
  parse_ms: parsed - started,
  judge_ms: judged - parsed,
  peak_mib: process.resourceUsage().maxRSS / 1024,
  outcome,
  findings: findings.length,
  acks: acks.length,
};
process.stdout.write(`${JSON.stringify(measured)}\n`);
