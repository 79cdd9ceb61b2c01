/**
 * The example for testcontainers with testcontainers itself: PostgreSQL in an image that is made of this machine's packages,
 * right as it comes, and found where it never syncs.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from '../../harness/container/engine.js';
import { settle } from '../../harness/container/images.js';
import { checkoutFolder } from '../checkout.js';
import { Lab } from '../lab.js';
import { type Campaign, CampaignFailure } from './campaign.js';
import { writePostgresFolder } from './postgres-image.js';
import { installedPrograms } from './programs/installed-programs.js';

export const testcontainers: Campaign = {
  name: 'testcontainers',
  about: 'the documented example with testcontainers and PostgreSQL: as it comes, and with fsync off',
  async run({ count, signal, say }) {
    const lab = Lab.open();
    try {
      const engine = Engine.find();
      const packages = join(await installedPrograms(), 'node_modules');
      const states = `${count ?? 10}`;
      const said: string[] = [];
      for (const fsync of ['on', 'off'] as const) {
        const build = lab.path(`postgres-${fsync}`);
        writePostgresFolder(build, { fsync });
        const { image } = await settle(
          engine,
          { build, network: 'none' },
          { folder: build, where: 'campaign', onStep: say },
        );
        const example = exampleFolder(lab.path(`example-${fsync}`), packages);
        const env = { POSTGRES_IMAGE: image, STATES: states, DOCKER_HOST: engine.address };
        const { code, output } = await node(example, env, signal);
        say(`fsync ${fsync}: exit code ${code}`);
        if (fsync === 'on' && code !== 0) throw new CampaignFailure(`PostgreSQL as it comes: ${output}`);
        if (fsync === 'off' && (code === 0 || !/fsync=off: PostgreSQL never syncs/.test(output)))
          throw new CampaignFailure(`fsync=off was to fail, and to be warned of: ${output}`);
        said.push(`fsync ${fsync}: ${fsync === 'on' ? /\d+ crash states.*/.exec(output)?.[0] : 'found'}`);
      }
      return said.join('; ');
    } finally {
      lab.close();
    }
  },
};

/** The example with the packages that it imports beside it. */
function exampleFolder(folder: string, packages: string): string {
  const modules = join(folder, 'node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(join(checkoutFolder, 'examples/testcontainers'), folder, { recursive: true });
  symlinkSync(checkoutFolder, join(modules, 'plugpull'));
  symlinkSync(join(packages, 'testcontainers'), join(modules, 'testcontainers'));
  return folder;
}

function node(
  folder: string,
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--test', 'postgres.test.mjs'], {
    cwd: folder,
    env: {
      ...process.env,
      ...env,
      TESTCONTAINERS_RYUK_DISABLED: 'true',
      // An engine of our own has no bridge.
      TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => {
      output += data.toString();
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, output }));
  });
}
