import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../verdict/errors.js';

/** A Node that is asked what it can do; the one that runs here by default. */
export interface NodeFacts {
  version: string;
  /** `process.features.typescript`: it runs TypeScript as it is. */
  runsTypeScript: boolean;
  /** It can be told to. */
  canStripTypes: boolean;
}

export function thisNode(): NodeFacts {
  const features = process.features as { typescript?: string | false };
  return {
    version: process.version,
    runsTypeScript: Boolean(features.typescript),
    canStripTypes: process.allowedNodeEnvironmentFlags.has('--experimental-strip-types'),
  };
}

/**
 * Node's arguments that let it load a module: none for JavaScript; for TypeScript what this Node can do by itself, else
 * tsx as the module's own folder finds it.
 */
export function nodeArguments(modulePath: string, node: NodeFacts = thisNode()): string[] {
  if (!/\.[mc]?tsx?$/.test(modulePath)) return [];
  const tsx = findTsx(modulePath);
  // JSX is no type: only a compiler removes it.
  const plain = !modulePath.endsWith('x');
  if (plain && node.runsTypeScript) return [];
  if (tsx !== null) return ['--import', tsx];
  if (plain && node.canStripTypes) {
    return ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];
  }
  throw new UsageError(
    `${modulePath} is TypeScript, and Node ${node.version} cannot run it: use Node 22.18 or later, or add tsx to the project (npm install --save-dev tsx), or name the compiled JavaScript`,
  );
}

function findTsx(modulePath: string): string | null {
  try {
    return pathToFileURL(createRequire(modulePath).resolve('tsx')).href;
  } catch {
    return null;
  }
}
