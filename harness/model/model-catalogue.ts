import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { UsageError } from '../verdict/errors.js';
import { didYouMean, nearestWords } from '../verdict/nearest-word.js';
import { btrfsModel } from './models/btrfs.js';
import { darwinModel } from './models/darwin.js';
import { ext2Model, ext2SyncModel } from './models/ext2.js';
import { ext4OrderedModel, ext4WritebackModel } from './models/ext4.js';
import { posixModel } from './models/posix.js';
import { xfsModel } from './models/xfs.js';
import { type PersistenceModel, persistenceModelSchema } from './persistence-model.js';

const models: readonly PersistenceModel[] = [
  posixModel,
  ext4OrderedModel,
  ext4WritebackModel,
  xfsModel,
  btrfsModel,
  ext2Model,
  ext2SyncModel,
  darwinModel,
];

export const modelNames: readonly string[] = models.map(({ name }) => name);

/** A file system as it was made and mounted. */
export interface DescribedStorage {
  fs: string;
  /** Mount options. */
  options: readonly string[];
  /** As its superblock has them. */
  features: readonly string[];
}

/**
 * The models that claim to describe a storage: of the built-in ones the one that says most about it, and whichever of
 * `others` (names or files) do.
 */
export function modelsDescribing(storage: DescribedStorage, others: readonly string[]): PersistenceModel[] {
  const fit = (model: PersistenceModel): number =>
    Math.max(
      -1,
      ...model.describes
        .filter(
          ({ fs, options, lacks }) =>
            fs === storage.fs &&
            options.every((one) => storage.options.includes(one)) &&
            !lacks.some((one) => storage.features.includes(one)),
        )
        .map(({ options, lacks }) => options.length + lacks.length),
    );
  const [best] = models.filter((model) => fit(model) >= 0).sort((a, b) => fit(b) - fit(a));
  const named = others.map(persistenceModel).filter((model) => fit(model) >= 0 && !models.includes(model));
  return [...(best ? [best] : []), ...named];
}

/**
 * A built-in model by its name, or one from a YAML or JSON file by its path (anything with a `/` or a file ending).
 * A file may name a built-in model to start from (`extends: posix`); its properties replace whole properties of that.
 */
export function persistenceModel(nameOrFile: string): PersistenceModel {
  const builtIn = models.find(({ name }) => name === nameOrFile);
  if (builtIn) return builtIn;
  if (!/[/.]/.test(nameOrFile)) {
    throw new UsageError(
      `models: expected one of ${modelNames.join(', ')} or the path of a model file, got ${JSON.stringify(nameOrFile)}${didYouMean(nearestWords(nameOrFile, modelNames))}`,
    );
  }
  return readModelFile(nameOrFile);
}

/** The same on a disk that writes this many bytes as one; where nothing says how many, on a usual one. */
export function modelOnDisk(nameOrFile: string, atomicUnitBytes: number | undefined): PersistenceModel {
  const model = persistenceModel(nameOrFile);
  return atomicUnitBytes === undefined ? model : { ...model, atomicUnitBytes };
}

function readModelFile(file: string): PersistenceModel {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`models: cannot read the model file ${file}`, { cause: error });
  }
  const given: unknown = parse(text);
  if (typeof given !== 'object' || given === null)
    throw new UsageError(`${file}: expected a map of model properties`);
  const { extends: base, ...own } = given as Record<string, unknown>;
  const start: Record<string, unknown> = typeof base === 'string' ? { ...persistenceModel(base) } : {};
  for (const [key, value] of Object.entries(own)) {
    const known = start[key];
    const both = isMap(value) && isMap(known) && (key === 'sync' || key === 'ordering');
    start[key] = both ? { ...known, ...value } : value;
  }
  const result = persistenceModelSchema.safeParse(start);
  if (result.success) return result.data;
  const problem = result.error.issues[0]!;
  throw new UsageError(`${file}: ${problem.path.join('.') || 'the model'}: ${problem.message}`);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
