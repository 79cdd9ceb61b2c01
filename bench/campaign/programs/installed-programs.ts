import { homedir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { checkoutFolder } from '../../checkout.js';

/** Installs what `scripts/bootstrap programs` knows, and says where it puts what comes from npm. */
export async function installedPrograms(): Promise<string> {
  await execa(join(checkoutFolder, 'scripts/bootstrap'), ['programs'], { stderr: 'inherit' });
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'plugpull', 'programs');
}
