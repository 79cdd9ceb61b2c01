import type { ModelExplanation } from '../contract/judge-calls.js';

/** What would make the contract's findings go away, and which sync calls could go. */
export function repairNotes(explanations: readonly ModelExplanation[]): string[] {
  return explanations.flatMap(({ model, repair, superfluous }) => {
    const notes: string[] = [];
    if (repair && repair.additions.length > 0) {
      const effect = repair.verified
        ? 'then the system calls keep every promise (judged again with them)'
        : 'which repairs part of it';
      notes.push(`repair by the ${model} model: add ${repair.additions.join(' and ')}; ${effect}`);
    }
    if (superfluous.length > 0) {
      notes.push(`by the ${model} model these could go, breaking no promise: ${superfluous.join(', ')}`);
    }
    return notes;
  });
}
