import { ExecaError, execa } from 'execa';
import { UnavailableError } from '../verdict/errors.js';

/** Copies a disk image with cp(1), which shares blocks where the file system can and keeps holes where not. */
export async function copyImage(from: string, to: string): Promise<void> {
  try {
    await execa('cp', ['--reflink=auto', '--sparse=always', '--', from, to]);
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    throw new UnavailableError(`cannot copy ${from} to ${to}: ${String(error.stderr).trim()}`);
  }
}
