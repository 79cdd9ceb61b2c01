/**
 * What operations write. Each has a letter of its own, and each sector says where in the file it belongs, so that
 * whoever finds bytes can tell which operation wrote them, and where. None of them is `staleByte`.
 */
const sectorBytes = 512;
const letters = Buffer.from('abcdefghijklmnopqrstuvwxyz');

/** The byte that an operation's bytes are full of. @param line its position among all of the workload's */
export function letterOf(line: number): number {
  return letters[line % letters.length]!;
}

/** What lies on the disk before anything does: whoever finds it in a file reads what nobody wrote there. */
export const staleByte = 0xf7;

/** @param line position of the operation among all of the workload's, setup included */
export function bytesOf(line: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length, letterOf(line));
  const first = Math.ceil(at / sectorBytes);
  for (let sector = first; (sector + 1) * sectorBytes <= at + length; sector++)
    bytes.write(String(sector).padStart(8, '0'), sector * sectorBytes - at, 'latin1');
  return bytes;
}

/** Whether a block of the disk holds what an operation wrote: a sector of it is a number and one letter throughout. */
export function isWorkloads(block: Buffer): boolean {
  for (let at = 0; at + sectorBytes <= block.length; at += sectorBytes) {
    const letter = block[at + 8]!;
    const isOne = letters.includes(letter);
    if (isOne && block.subarray(at + 8, at + sectorBytes).every((byte) => byte === letter)) return true;
  }
  return false;
}
