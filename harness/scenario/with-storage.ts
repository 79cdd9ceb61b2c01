import type { LoadedScenario } from './load.js';
import type { ScenarioInput } from './schema/scenario.js';
import type { Storage } from './schema/storage.js';

type WrittenStorage = NonNullable<ScenarioInput['storage']>[number];

/** A scenario with one of its storages changed, as it is understood and as it is written: a trace keeps what is written. */
export function withStorage(
  loaded: LoadedScenario,
  index: number,
  change: { understood: (storage: Storage) => Storage; written: (storage: WrittenStorage) => WrittenStorage },
): LoadedScenario {
  const { input, scenario } = loaded;
  const changed = <S>(storages: readonly S[], of: (storage: S) => S): S[] =>
    storages.map((storage, nth) => (nth === index ? of(storage) : storage));
  return {
    ...loaded,
    input: { ...input, storage: changed(input.storage ?? [{}], change.written) },
    scenario: { ...scenario, storage: changed(scenario.storage, change.understood) },
  };
}
