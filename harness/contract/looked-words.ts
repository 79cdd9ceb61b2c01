/** What a reader has to know of a run that was looked at. */
export const lookedNote =
  'the program stores through mappings (mmap): the contract is judged by a run that stood still before each sync call and each word on standard output, to see what the files held';

/** What no look shows. */
export const storedOver = 'what was stored through mmap and stored over before the next sync call or ack';
