/**
 * Gives a trace to tools that know the dm-log-writes format: an image and a log, nothing else.
 */
import { join } from 'node:path';
import { refuseDamage } from '../attach/trace-checksums.js';
import { copyLog } from '../trace/block-log/copy-log.js';
import { openBlockLog } from '../trace/block-log/reader.js';
import { copyImage } from '../trace/copy-image.js';
import { openTrace } from '../trace/trace.js';
import { makeNamedFolder } from '../verdict/make-folder.js';

export interface Exported {
  base: string;
  log: string;
  entries: number;
  /** Texts of the marks in the log, in order: the acks. */
  marks: string[];
}

/** Writes `base.img` and `disk.log` into a folder, which is made. Throws UsageError for what is no trace. */
export async function exportTrace(traceFolder: string, to: string): Promise<Exported> {
  const { manifest, close } = openTrace(traceFolder);
  close();
  refuseDamage(traceFolder, manifest);
  const source = join(traceFolder, 'disk.log');
  const log = openBlockLog(source);
  try {
    makeNamedFolder('export', to);
    const paths = { base: join(to, 'base.img'), log: join(to, 'disk.log') };
    await copyImage(join(traceFolder, 'base.img'), paths.base);
    copyLog(source, log, paths.log);
    const marks = log.entries.flatMap(({ mark }) => (mark === undefined ? [] : [mark]));
    return { ...paths, entries: log.entries.length, marks };
  } finally {
    log.close();
  }
}
