import type { CommandModule } from 'yargs';
import { type CacheContents, cacheContents } from '../../../vm/image/cached-images.js';
import { mebibytes } from '../../../vm/image/mebibytes.js';
import { called } from '../called-as.js';

export const vmListCommand: CommandModule<object, { json: boolean }> = {
  command: 'list',
  describe: 'Say which images are there, how large, and where',
  builder: (yargs) =>
    yargs
      .options({ json: { type: 'boolean', default: false, describe: 'print JSON' } })
      .example('$0 vm list', 'a line an image'),
  handler: ({ json }) => {
    const contents = cacheContents();
    process.stdout.write(
      json ? `${JSON.stringify({ schema: 'plugpull.vm-list/1', ...contents })}\n` : asText(contents),
    );
  },
};

function asText({ folder, images, initramfsBytes, downloadBytes }: CacheContents): string {
  const rows = images.map(({ kind, name, version, bytes, made, current }) => [
    kind,
    mebibytes(bytes),
    made.slice(0, 10),
    version.replace(/^sha256:/, '').slice(0, 40),
    current ? name : `${name} (no longer used)`,
  ]);
  if (initramfsBytes > 0) rows.push(['initramfs', mebibytes(initramfsBytes), '', '', '']);
  if (downloadBytes > 0) {
    rows.push(['downloads', mebibytes(downloadBytes), '', '', '(needed by the next build only)']);
  }
  if (rows.length === 0) return `no images in ${folder}; make them with: ${called()} vm build\n`;
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 1 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\nin ${folder}; ${called()} vm clean makes room\n`;
}
