/** Generated hostile inputs for the NBD server and the readers of logs: see bench/fuzz. */
import { fileURLToPath } from 'node:url';
import { type Campaign, CampaignFailure } from './campaign.js';
import { runProgram } from './program.js';

const inputs = 1_000_000;
const heartbeatMs = 15_000;

export const fuzzNbd = fuzz('fuzz-nbd', 'nbd-server', 'hostile clients of the NBD server');
export const fuzzVhostUser = fuzz(
  'fuzz-vhost-user',
  'vhost-user',
  'hostile machines at the vhost-user server',
);
export const fuzzAcks = fuzz('fuzz-acks', 'ack-socket', 'hostile givers of acks, at both ack sockets');
export const fuzzLog = fuzz('fuzz-log', 'block-log', 'hostile block logs');
export const fuzzCalls = fuzz('fuzz-calls', 'call-lines', 'mutated lines of system-call logs');

export const fuzzTexts = fuzz(
  'fuzz-texts',
  'texts',
  "hostile scenarios, stored results, checkers' answers and outputs with acks, each",
);

function fuzz(name: string, program: string, what: string): Campaign {
  const path = fileURLToPath(new URL(`../fuzz/${program}.js`, import.meta.url));
  return {
    name,
    about: `${inputs.toLocaleString('en')} ${what}`,
    async run({ seed, count, signal, say }) {
      const started = performance.now();
      const beat = setInterval(
        () => say(`at it for ${Math.round((performance.now() - started) / 1000)} s`),
        heartbeatMs,
      );
      let last = '';
      try {
        const { exitCode } = await runProgram(process.execPath, [path, `${count ?? inputs}`, `${seed}`], {
          signal,
          onLine(line) {
            last = line;
            say(line);
          },
        });
        if (exitCode !== 0) throw new CampaignFailure(`exit code ${exitCode}: ${last}`);
      } finally {
        clearInterval(beat);
      }
      return last.replace(`${program}: `, '');
    },
  };
}
