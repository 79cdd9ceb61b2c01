/**
 * Containers before anything runs in them: the engine answers, the image is here and for this processor, where its data
 * lies is known. What was found out goes into the scenario, and with it into traces.
 */
import { Engine } from '../../container/engine.js';
import { settle } from '../../container/images.js';
import type { PlaceInContainer } from '../../place/host-place.js';
import { type LoadedScenario, scenarioFolder } from '../../scenario/load.js';
import { type Scenario, scenario as schema } from '../../scenario/schema/scenario.js';

/** @throws UnavailableError when there is no engine, or the image cannot be had */
export async function settleContainers(
  scenarios: readonly LoadedScenario[],
  onStep: (step: string) => void,
): Promise<LoadedScenario[]> {
  const settled: LoadedScenario[] = [];
  for (const loaded of scenarios) {
    const { place, container } = loaded.scenario;
    settled.push(place === 'container' && container ? await settleOne(loaded, onStep) : loaded);
  }
  return settled;
}

async function settleOne(loaded: LoadedScenario, onStep: (step: string) => void): Promise<LoadedScenario> {
  const engine = Engine.find();
  await engine.ping();
  await engine.requireRoot();
  const { image, id, data } = await settle(engine, loaded.scenario.container!, {
    folder: scenarioFolder(loaded) ?? process.cwd(),
    where: loaded.file ?? 'this run',
    onStep,
  });
  const { build: _, ...kept } = loaded.input.container ?? {};
  const input = { ...loaded.input, container: { ...kept, image, id, data } };
  return { ...loaded, input, scenario: { ...loaded.scenario, container: schema.parse(input).container } };
}

/** The container of a settled scenario, for whoever records in it; null where there is none. */
export function containedOf({ place, container }: Scenario): PlaceInContainer | null {
  if (place !== 'container' || !container) return null;
  return { facts: { name: container.image!, id: container.id! }, data: container.data! };
}
