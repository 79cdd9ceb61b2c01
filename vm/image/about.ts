import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson } from './read-json.js';

/** What an entry of the cache is and is made of, in its file about.json, for people and for `vm list`. */
const aboutSchema = z.object({
  /** `cloud@bookworm`, `debian`, the path of a kernel, the name of a container image. */
  name: z.string(),
  /** A kernel's release, the version of the root's Debian, a container image's id. */
  version: z.string(),
  /** The Debian packages in it, with their versions. */
  packages: z.record(z.string(), z.string()).optional(),
});
type About = z.infer<typeof aboutSchema>;

export function writeAbout(entry: string, about: About): void {
  writeFileSync(join(entry, 'about.json'), `${JSON.stringify(about, undefined, 1)}\n`);
}

/** Undefined for an entry that another version of plugpull made in another way. */
export function readAbout(entry: string): About | undefined {
  return readJson(join(entry, 'about.json'), aboutSchema);
}
