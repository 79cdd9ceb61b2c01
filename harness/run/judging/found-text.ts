import type { RecoveredTree } from '../../explore/recovered-trees.js';
import { type BytePath, displayPath } from '../../syscalls/byte-path.js';

const shownBytes = 40;

/** What a recovered tree holds under a path, and what lies beside it. */
export function foundText({ nodes, unreadable }: RecoveredTree, path: BytePath): string {
  const node = nodes.get(path);
  const above = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const siblings = [...nodes.keys()].filter(
    (other) => other !== '' && (other.includes('/') ? other.slice(0, other.lastIndexOf('/')) : '') === above,
  );
  const beside = `${displayPath(above === '' ? '.' : above)} holds ${siblings.slice(0, 12).map(displayPath).join(', ') || 'nothing'}${siblings.length > 12 ? ', ...' : ''}`;
  if (!node) return `nothing; ${beside}`;
  const error = unreadable.get(path);
  if (error !== undefined) return `${error}; ${beside}`;
  if (node.kind === 'symlink') return `a symbolic link to ${displayPath(node.target ?? '')}; ${beside}`;
  if (node.kind !== 'file') return `a ${node.kind}; ${beside}`;
  if (!node.content) return `a large file; ${beside}`;
  const head = node.content.read(0, Math.min(shownBytes, node.content.size)).toString('latin1');
  const more = node.content.size > shownBytes ? '...' : '';
  return `a file of ${node.content.size} bytes, ${JSON.stringify(head)}${more}; ${beside}`;
}
