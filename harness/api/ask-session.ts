import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { errorSaid } from '../verdict/said-error.js';
import type { Answers, Job, Message } from './jobs.js';
import { withoutRunner } from './runner-environment.js';

const program = fileURLToPath(new URL('./session-process.js', import.meta.url));
const keptStderrBytes = 8192;

/** Has a job done in a process of its own. @throws what it threw there, and `signal.reason` when that ends it */
export async function askSession<Kind extends Job['kind']>(
  job: Job & { kind: Kind },
  signal?: AbortSignal,
): Promise<Answers[Kind]> {
  signal?.throwIfAborted();
  const child = fork(program, {
    // None of the runner's loaders and hooks.
    execArgv: [],
    env: withoutRunner(process.env),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'json',
  });
  let said: Message | null = null;
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-keptStderrBytes);
  });
  child.on('message', (message: Message) => {
    said = message;
  });
  const abort = (): void => {
    if (child.connected) child.send({ kind: 'abort' });
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    child.send(job);
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => resolve());
    });
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  signal?.throwIfAborted();
  return answerOf(said, stderr) as Answers[Kind];
}

function answerOf(said: Message | null, stderr: string): Answers[keyof Answers] {
  if (said === null) throw new Error(`plugpull's process ended without an answer: ${stderr.trim()}`);
  if (said.kind === 'answer') return said.answer;
  throw errorSaid(said.error);
}
