/**
 * Squashfs images as a guest wants them: not compressed, because an emulated processor is slower than the disk,
 * and with one time on everything, so that the same files give the same bytes.
 */

/** When Debian bookworm was released, in seconds since 1970: the time of all that has no better one. */
export const imageTime = 1_686_355_200;

const uncompressed = ['-noI', '-noId', '-noD', '-noF', '-noX'];
const quiet = ['-quiet', '-no-progress'];

/** mksquashfs's arguments for an image of a folder in which everything is root's. */
export function folderImageArguments(folder: string, image: string): string[] {
  const times = ['-all-time', `${imageTime}`, '-mkfs-time', `${imageTime}`];
  return [folder, image, '-noappend', '-all-root', ...times, ...uncompressed, ...quiet];
}

/** sqfstar's arguments for an image of the tar archive on its standard input; owners and times are the archive's. */
export function tarImageArguments(image: string): string[] {
  return [
    '-mkfs-time',
    `${imageTime}`,
    '-root-time',
    `${imageTime}`,
    '-root-mode',
    '755',
    ...uncompressed,
    ...quiet,
    image,
  ];
}
