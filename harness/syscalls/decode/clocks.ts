import { type Decoder, opaqueCall } from './arguments.js';

const set = opaqueCall('the clock was set, by which writes of the disk and system calls are told apart');

/** Setting the system's clock; slewing it and reading it change nothing here. */
export const clockCalls: Record<string, Decoder> = { clock_settime: set, settimeofday: set };
