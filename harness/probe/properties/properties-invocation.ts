/** What was asked of which build and kernel, kept beside the answers: what is needed to go on after a kill. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../../verdict/build.js';
import { UsageError } from '../../verdict/errors.js';
import { toolVersion } from '../../version.js';
import { differingKey, mkfsVersions } from '../invocation.js';
import type { PropertiesConfig } from './config.js';

export interface PropertiesInvocation {
  tool: string;
  /** Its version, and a digest of its programs. */
  build: string;
  kernel: string;
  /** What made the file systems: the first line that each mkfs says of its version. */
  mkfs: string[];
  config: PropertiesConfig;
}

const fileName = 'properties-invocation.json';

/** @param kernel its release */
export function newPropertiesInvocation(config: PropertiesConfig, kernel: string): PropertiesInvocation {
  return { tool: toolVersion, build: build(), kernel, mkfs: mkfsVersions(config.storage), config };
}

export function writePropertiesInvocation(folder: string, invocation: PropertiesInvocation): void {
  writeFileSync(join(folder, fileName), JSON.stringify(invocation));
}

/** @throws UsageError where it is no results folder of measured properties */
export function readPropertiesInvocation(folder: string): PropertiesInvocation {
  const file = join(folder, fileName);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PropertiesInvocation;
  } catch (error) {
    throw new UsageError(
      `--resume: expected the results folder of plugpull properties, got ${folder}: ${(error as Error).message}`,
    );
  }
}

/** @throws UsageError where answers that are there say nothing of what would be asked now */
export function refuseOtherProperties(folder: string, now: PropertiesInvocation): void {
  const stored = readPropertiesInvocation(folder);
  const differing = differingKey(stored, now, ['tool', 'build', 'kernel', 'mkfs', 'config']);
  if (differing !== null)
    throw new UsageError(
      `--resume: the answers in ${folder} say nothing of what is here: ${differing}; measure anew without --resume`,
    );
}
