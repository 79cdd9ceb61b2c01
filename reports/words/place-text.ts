/** Where a call comes from, with whoever called that. */
export function placeText({ at, called_from }: { at: string; called_from?: string | undefined }): string {
  return called_from === undefined ? at : `${at}, called from ${called_from}`;
}
