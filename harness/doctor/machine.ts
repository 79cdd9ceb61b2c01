/**
 * Everything plugpull can use on a machine, in the order a person reads it. Takes a few milliseconds and changes
 * nothing: no program is run, no module loaded.
 */
import type { Capability, Probe } from './capability.js';
import { isCheckout } from './checkout.js';
import { probeDeviceMapper, probeFuse, probeKvm, probeLoop, probeNbd } from './devices.js';
import { probeDockerDaemon } from './docker-daemon.js';
import { fileSystemTools, probeFileSystem } from './file-systems.js';
import { probeFreeSpace } from './free-space.js';
import { forTestsOnly } from './install.js';
import { probeNode } from './node-version.js';
import { probeDeviceRight, probeMountRight, probeRoot } from './process-rights.js';
import { probeTool, tools } from './tools.js';

const probes: Probe[] = [
  probeNode,
  probeRoot,
  probeMountRight,
  probeDeviceRight,
  probeFreeSpace,
  probeFuse,
  probeLoop,
  ...Object.keys(fileSystemTools).map((name) => () => probeFileSystem(name)),
  ...Object.keys(tools)
    .filter((name) => isCheckout || !forTestsOnly.has(name))
    .map((name) => () => probeTool(name)),
  probeDockerDaemon,
  probeKvm,
  probeNbd,
  probeDeviceMapper,
];

export function probeMachine(): Promise<Capability[]> {
  return Promise.all(probes.map((probe) => probe()));
}
