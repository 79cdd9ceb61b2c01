import { z } from 'zod';

/** A Debian package in one version, as apt names it in an archive. */
export const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  /** Its file name, percent-encoded where it has to be. */
  file: z.string(),
  sizeBytes: z.number(),
  sha256: z.string(),
});
export type Package = z.infer<typeof packageSchema>;

/**
 * Reads what `apt-get --print-uris` prints: lines of `'URI' FILE SIZE SHA256:HASH` among others. FILE is
 * NAME_VERSION_ARCHITECTURE.deb.
 */
export function parsePrintedUris(text: string): Package[] {
  return [...text.matchAll(/^'[^']*' (\S+) (\d+) SHA256:([0-9a-f]{64})$/gm)].map(([, file, size, sha256]) => {
    const [name, version] = decodeURIComponent(file!).split('_');
    return { name: name!, version: version!, file: file!, sizeBytes: Number(size), sha256: sha256! };
  });
}

export function totalBytes(packages: readonly Package[]): number {
  return packages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
