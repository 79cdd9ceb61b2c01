import { spawnSync } from 'node:child_process';
import { lackReport, missingFor } from '../../doctor/need.js';

/** Why system calls cannot be traced here, with what to do about it; null when they can. */
export function straceLack(): string | null {
  const missing = missingFor({ commands: ['strace'] });
  if (missing.length > 0) return lackReport(missing);
  const { status, stderr } = spawnSync('strace', ['-f', '-q', '-o', '/dev/null', 'true'], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (status === 0) return null;
  const said = stderr?.trim().split('\n')[0] || 'no answer';
  return `strace may not trace here (${said}); allow ptrace(2), in a container with the capability SYS_PTRACE`;
}
