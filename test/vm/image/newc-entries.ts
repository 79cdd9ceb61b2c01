/** Reads a newc archive, or several one after the other, as Linux does: names with mode, size and device. */
export interface ReadEntry {
  path: string;
  mode: number;
  time: number;
  content: Buffer;
  device: [major: number, minor: number];
}

export function readNewc(archive: Buffer): ReadEntry[] {
  const entries: ReadEntry[] = [];
  let position = 0;
  while (position < archive.length) {
    if (archive[position] === 0) {
      position += 4;
      continue;
    }
    const header = archive.toString('latin1', position, position + 110);
    if (!header.startsWith('070701')) throw new Error(`no newc header at ${position}: ${header.slice(0, 6)}`);
    const number = (index: number) => Number.parseInt(header.slice(6 + 8 * index, 14 + 8 * index), 16);
    const nameEnd = position + 110 + number(11);
    const path = archive.toString('utf8', position + 110, nameEnd - 1);
    const start = Math.ceil(nameEnd / 4) * 4;
    const content = archive.subarray(start, start + number(6));
    position = Math.ceil((start + number(6)) / 4) * 4;
    if (path !== 'TRAILER!!!') {
      entries.push({ path, mode: number(1), time: number(5), content, device: [number(9), number(10)] });
    }
  }
  return entries;
}
