/** Of what kind a guest's end was, as its console tells, and what to do about it. */
import type { RecoveryLoss } from '../../harness/judge/judgement.js';
import { consoleLines, withConsole } from './console.js';

interface Kind {
  loss: RecoveryLoss;
  /** What the console says of it; the first group goes into the sentence. */
  sign: RegExp;
  said: string;
  advice: string;
}

/** The first that fits: a kernel without memory panics, too, and so does one that stumbles over itself. */
const kinds: readonly Kind[] = [
  {
    loss: 'memory',
    sign: /Out of memory|deadlocked on memory|page allocation failure/i,
    said: 'it had no memory left',
    advice:
      'see what its programs hold and leave in /tmp, or give it more (--vm-memory); where neither helps, what is on the disk makes the kernel eat it',
  },
  {
    loss: 'bug',
    sign: /(BUG: [^\n]*|kernel BUG at [^\n]*|Kernel mode fault[^\n]*|Oops[^\n]*)/,
    said: 'a mistake of its kernel',
    advice: "a bug of the kernel's, which its developers want the image of (plugpull mount ... --image)",
  },
  {
    loss: 'panic',
    sign: /Kernel panic - not syncing: ([^\n]*)/,
    said: 'its kernel panicked',
    advice:
      "unless a program or an option (errors=panic) asked for it, a bug of the kernel's, which its developers want the image of (plugpull mount ... --image)",
  },
];

const hang = {
  loss: 'hang',
  said: 'its kernel loops, or a program keeps it from all else',
  advice:
    'see where it is with plugpull mount ... --recover uml, and whether a checker asks for a real-time priority',
} as const;

/**
 * @param what happened, as seen from outside
 * @param answers whether it was still running, but did not answer
 */
export function guestEnd(
  what: string,
  consoleLog: string,
  answers: 'ended' | 'silent',
): { loss: RecoveryLoss; text: string } {
  const kind = complaintIn(consoleLines(consoleLog));
  if (kind === null && answers === 'ended') return { loss: 'end', text: withConsole(what, consoleLog) };
  const { loss, said, advice } = kind ?? hang;
  return { loss, text: withConsole(`${what}: ${said}; ${advice}`, consoleLog) };
}

/** What a kernel that goes on has complained of since its console had `from` lines; null when it did not. */
export function complaintSince(consoleLog: string, from: number): string | null {
  const lines = consoleLines(consoleLog).slice(from);
  const kind = complaintIn(lines);
  const line = kind && lines.find((each) => kind.sign.test(each));
  return line ? `the guest's kernel said meanwhile: ${line.trim()}; ${kind.advice}` : null;
}

function complaintIn(lines: readonly string[]): (Omit<Kind, 'sign'> & { sign: RegExp }) | null {
  const text = lines.join('\n');
  for (const kind of kinds) {
    const found = kind.sign.exec(text);
    if (!found) continue;
    return { ...kind, said: found[1] === undefined ? kind.said : `${kind.said} (${found[1].trim()})` };
  }
  return null;
}
