/**
 * What operations write. Each has a letter of its own, and each sector says where in the file it belongs, so that
 * whoever finds bytes can tell which operation wrote them, and where. None of them is `staleByte`.
 */
const sectorBytes = 512;
const letters = 'abcdefghijklmnopqrstuvwxyz';

/** What lies on the disk before anything does: whoever finds it in a file reads what nobody wrote there. */
export const staleByte = 0xf7;

/** @param line position of the operation among all of the workload's, setup included */
export function bytesOf(line: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length, letters[line % letters.length]);
  const first = Math.ceil(at / sectorBytes);
  for (let sector = first; (sector + 1) * sectorBytes <= at + length; sector++)
    bytes.write(String(sector).padStart(8, '0'), sector * sectorBytes - at, 'latin1');
  return bytes;
}
