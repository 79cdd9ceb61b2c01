/**
 * The ack client for TypeScript: tells the recorder "this is safe" and waits until it is written down.
 *
 *     import { ack, begin } from './plugpull-ack.ts';
 *     await begin('order 17 saved'); // where a checker is to know what was under way: `maybe` holds it until the ack
 *     await ack('order 17 saved');
 *
 * PLUGPULL_ACK names a unix stream socket. The client sends one line of UTF-8; the server answers `ok` once the
 * ack is in the recording, or `cut` when the power was cut before: then the ack does not count, and PowerCut is
 * thrown. Without PLUGPULL_ACK in the environment ack() does nothing, so a program may keep its acks in
 * production.
 *
 * One file, Node only, erasable syntax only (it runs under Node's own type stripping): copy it beside your
 * program. The shell's client is `plugpull ack TEXT`.
 */
import { createConnection } from 'node:net';

/** The simulated power was cut before this ack: it does not count, and nothing after it will. */
export class PowerCut extends Error {
  override name = 'PowerCut';
}

export function ack(text: string): Promise<void> {
  return say(text, '');
}

/** From now on, until `ack(text)`, it may be there after a power cut or not. */
export function begin(text: string): Promise<void> {
  return say(text, '\0begin ');
}

async function say(text: string, mark: string): Promise<void> {
  if (/[\r\n]/.test(text)) {
    throw new TypeError(`an ack is one line of text, got a line break in ${JSON.stringify(text)}`);
  }
  const path = process.env.PLUGPULL_ACK;
  if (!path) return;
  const answer = await ask(path, `${mark}${text}\n`);
  if (answer === 'cut\n') throw new PowerCut(`the power was cut before the ack ${JSON.stringify(text)}`);
  if (answer !== 'ok\n') {
    throw new Error(`expected ok or cut from the ack socket ${path}, got ${JSON.stringify(answer)}`);
  }
}

/** Sends the line, returns the answer's line (or what came before the server hung up). */
function ask(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const connection = createConnection(path, () => connection.write(line));
    connection.setEncoding('utf8');
    connection.on('data', (piece) => {
      answer += piece;
      if (answer.endsWith('\n')) connection.end();
    });
    connection.on('error', reject);
    connection.on('close', () => resolve(answer));
  });
}
