import type { Call, Operation } from './call.js';
import { callsWithoutBearing, plainWaits } from './call-names.js';
import { Arguments, DecodeFault, type Decoder, unknownCall } from './decode/arguments.js';
import { asynchronousCalls } from './decode/asynchronous.js';
import { attributeCalls } from './decode/attributes.js';
import { channelCalls } from './decode/channels.js';
import { clockCalls } from './decode/clocks.js';
import { contentCalls } from './decode/contents.js';
import { descriptorCalls } from './decode/descriptors.js';
import { deviceCalls } from './decode/devices.js';
import { identityCalls } from './decode/identities.js';
import { mappingCalls } from './decode/mappings.js';
import { nameCalls } from './decode/names.js';
import { processCalls } from './decode/processes.js';
import { syncCalls } from './decode/syncs.js';
import { endOfProcessName, type JoinedCall } from './joined-call.js';

/** Gives each call its meaning. Never throws; what is not understood becomes `opaque`. */
export function decodeCall(joined: JoinedCall): Call {
  const { pid, name, result, enter, exit, startNs, endNs, stack } = joined;
  return { pid, name, operation: operationOf(joined), result, enter, exit, startNs, endNs, stack };
}

function operationOf(call: JoinedCall): Operation {
  if (plainWaits.includes(call.name)) return { op: 'wait' };
  if (callsWithoutBearing.has(call.name)) return { op: 'none' };
  const decoder = decoders.get(call.name);
  try {
    if (decoder) return decoder(new Arguments(call));
    return unknownCall(call, `${call.name} is not a call this program knows`);
  } catch (error) {
    if (!(error instanceof DecodeFault)) throw error;
    return unknownCall(call, `${call.name}: ${error.message}`);
  }
}

/** Each family of calls has a file of its own. */
const decoders = new Map<string, Decoder>(
  Object.entries({
    [endOfProcessName]: () => ({ op: 'exit' }),
    ...descriptorCalls,
    ...contentCalls,
    ...nameCalls,
    ...attributeCalls,
    ...syncCalls,
    ...mappingCalls,
    ...processCalls,
    ...identityCalls,
    ...channelCalls,
    ...deviceCalls,
    ...asynchronousCalls,
    ...clockCalls,
  }),
);
