import type { ModelExplanation } from '../../contract/judge-calls.js';
import type { ProtocolRepair } from '../../verdict/protocol.js';

/** What the added calls were seen to do, and over what. */
function repairEffect({ verified, over, unrepaired = [] }: ProtocolRepair): string {
  const judged = over === undefined ? 'judged again with them' : `judged again with them over ${over}`;
  if (verified) return `then the system calls keep every promise (${judged})`;
  const left = unrepaired.length > 0 ? `; still broken: ${unrepaired.slice(0, 3).join('; ')}` : '';
  return `which repairs part of it (${judged})${left}`;
}

/** `plugpull show` has all of them. */
const mostShown = 4;

function shownAdditions(additions: readonly string[]): string {
  const shown = additions.slice(0, mostShown);
  const others = additions.length - shown.length;
  return `${shown.join('; ')}${others > 0 ? `; and at ${others} more ${others === 1 ? 'moment' : 'moments'} (plugpull show has them)` : ''}`;
}

/** What would make the contract's findings go away, and which sync calls could go. */
export function repairNotes(explanations: readonly ModelExplanation[]): string[] {
  return explanations.flatMap(({ model, repair, superfluous }) => {
    const notes: string[] = [];
    if (repair && repair.additions.length > 0) {
      const effect = repairEffect(repair);
      notes.push(`repair by the ${model} model: add ${shownAdditions(repair.additions)}; ${effect}`);
    }
    if (superfluous.length > 0) {
      notes.push(`by the ${model} model these could go, breaking no promise: ${superfluous.join(', ')}`);
    }
    return notes;
  });
}
