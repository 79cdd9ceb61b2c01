import { commas, type Input, type KeyOptions, repeatable, splitPair } from './key-option.js';

/** Rounds in which power is really lost. */
export const liveOptions = {
  rounds: { type: 'number', describe: 'rounds in which power is really lost', key: 'live.rounds' },
  cut: {
    ...repeatable,
    describe:
      'when rounds after the first lose power, in turn: operation=flush,n=3 or ack=2 or matching=REGEX or after=300ms or log=REGEX (a line of the server); without it as the seed has it',
    key: 'live.cut',
    read: momentsOfWords,
  },
  lose: {
    type: 'string',
    describe: "what is lost of the disk's cache, in each round in turn: all, none, some, torn",
    key: 'live.lose',
    read: commas,
  },
  begin: {
    type: 'string',
    describe: 'what a round begins on: fresh, survivor (what the last one left) or mixed',
    key: 'live.begin',
  },
  'rounds-time': {
    type: 'string',
    describe: 'no round is begun after this time, such as 10m',
    key: 'live.time',
  },
  'min-rounds': {
    type: 'number',
    describe: 'how many rounds a pass must rest on then; without it all',
    key: 'live.min_rounds',
  },
  flakey: {
    type: 'string',
    describe:
      'what dm-flakey does after the cut: drop_writes, error_writes or random_write_corrupt; and error_reads',
    key: 'live.flakey',
    read: commas,
  },
} as const satisfies KeyOptions;

function momentsOfWords(words: readonly string[]): Input[] {
  return words.map(momentOfWords);
}

/** A regular expression may hold commas: only those before a name of a key part one from the next. */
function momentOfWords(words: string): Input {
  const pairs = words.split(/,(?=(?:operation|n|ack|matching|after|log)=)/);
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name, value] = splitPair(pair, 'cut');
      return [name, name === 'n' || name === 'ack' ? Number(value) : value];
    }),
  );
}
