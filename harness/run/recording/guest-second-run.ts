import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchFile } from '../../../vm/place/fetch-file.js';
import { runNode } from '../../../vm/place/node-in-guest.js';
import type { UmlMachine } from '../../../vm/uml/uml-machine.js';
import type { SecondRunJob } from './second-run.js';

const program = fileURLToPath(new URL('./second-run-process.js', import.meta.url));
/** In the guest's memory. */
const guestFolder = '/run/plugpull/second-run';

/**
 * @param machine one that has the host's files and is off
 * @returns why the run does not show what it was made for; null when it does
 */
export async function secondRunInGuest(
  machine: UmlMachine,
  { traceFolder, signal, ...job }: SecondRunJob & { traceFolder: string; signal?: AbortSignal | undefined },
): Promise<string | null> {
  signal?.throwIfAborted();
  const end = (): void => void machine.pullPlug();
  signal?.addEventListener('abort', end, { once: true });
  try {
    await machine.start();
    const folders = { trace: join(guestFolder, 'trace'), work: join(guestFolder, 'work') };
    const said = await runNode(machine, [program, folders.trace, folders.work], {
      input: JSON.stringify(job),
      // The set-up's, and the workload's.
      timeoutMs: 2 * job.loaded.scenario.workload.timeout,
    });
    const { lack, files } = JSON.parse(said) as { lack: string | null; files: string[] };
    if (lack !== null) return lack;
    mkdirSync(traceFolder, { recursive: true });
    for (const file of files)
      await fetchFile(machine.agent, join(folders.trace, file), join(traceFolder, file));
    return null;
  } catch (error) {
    signal?.throwIfAborted();
    return (error as Error).message;
  } finally {
    signal?.removeEventListener('abort', end);
  }
}
