import { connect } from 'node:net';
import type { CommandModule } from 'yargs';
import { saidBeginning } from '../../trace/said.js';
import { UsageError } from '../../verdict/errors.js';

export const ackCommand: CommandModule<object, { text: string; begin: boolean }> = {
  command: 'ack <text>',
  describe: 'Tell the recorder from a shell script that something is safe now',
  builder: (yargs) =>
    yargs
      .positional('text', { type: 'string', demandOption: true, describe: 'what is promised, one line' })
      .option('begin', {
        type: 'boolean',
        default: false,
        describe: 'it begins now: until an ack of the same text it may be there or not',
      })
      .example("$0 ack 'saved 3'", 'outside a recording this does nothing'),
  handler: async ({ text, begin }) => {
    const socketPath = process.env.PLUGPULL_ACK;
    if (String(text).includes('\n')) throw new UsageError('ack: expected one line, got a text with newlines');
    if (!socketPath) return;
    const answer = await ask(socketPath, begin ? saidBeginning(String(text)) : String(text));
    // The power was cut before: a program that goes on would promise what nobody can keep.
    if (answer !== 'ok') process.exitCode = 1;
  },
};

function ask(socketPath: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${text}\n`));
    socket.on('data', (data: string) => {
      answer += data;
      if (answer.includes('\n')) socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer.trim()));
  });
}
