import { appendFileSync, writeFileSync } from 'node:fs';
import type { AgentClient } from '../machine/agent-client.js';

const chunkBytes = 1024 * 1024;

/** Copies a file out of a guest. */
export async function fetchFile(agent: AgentClient, from: string, to: string): Promise<void> {
  writeFileSync(to, '');
  for (let offset = 0; ; ) {
    const encoded = await agent.call<string>('read_file', { path: from, offset, length: chunkBytes });
    const part = Buffer.from(encoded, 'base64');
    appendFileSync(to, part);
    offset += part.length;
    if (part.length < chunkBytes) return;
  }
}
