/**
 * What `node:20-bookworm-slim` is, made where no registry can be reached: Debian's smallest system by debootstrap, and this
 * machine's Node.js and npm where that image has them.
 */
import { cpSync, existsSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { runProgram } from './program.js';

/** Where this machine trusts more than Node.js does by itself (a registry behind a proxy), so does the image. */
const trusted = 'NODE_EXTRA_CA_CERTS';

/**
 * @param folder new; what is left in it is root's
 * @returns options of `docker import`: what the image says of itself
 */
export async function writeNodeFolder(folder: string, signal: AbortSignal): Promise<string[]> {
  const { exitCode, stdout } = await runProgram(
    'debootstrap',
    ['--variant=minbase', 'bookworm', folder, 'http://deb.debian.org/debian'],
    { signal },
  );
  if (exitCode !== 0) throw new Error(`debootstrap: ${stdout.split('\n').slice(-5).join('\n')}`);
  const bin = join(folder, 'usr/local/bin');
  cpSync(realpathSync(process.execPath), join(bin, 'node'));
  const modules = join(folder, 'usr/local/lib/node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(npmFolder(), join(modules, 'npm'), { recursive: true });
  for (const [name, script] of [
    ['npm', 'npm-cli.js'],
    ['npx', 'npx-cli.js'],
  ] as const)
    symlinkSync(relative(bin, join(modules, 'npm/bin', script)), join(bin, name));
  const certificates = process.env[trusted];
  if (certificates === undefined) return [];
  mkdirSync(join(folder, dirname(certificates)), { recursive: true });
  cpSync(realpathSync(certificates), join(folder, certificates));
  return ['--change', `ENV ${trusted}=${certificates}`];
}

function npmFolder(): string {
  const beside = join(dirname(realpathSync(process.execPath)), '../lib/node_modules/npm');
  if (!existsSync(beside)) throw new Error(`no npm in ${beside}`);
  return beside;
}
