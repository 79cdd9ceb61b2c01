import type { BytePath } from '../syscalls/byte-path.js';
import type { Call } from '../syscalls/call.js';
import { isNoticed } from '../syscalls/noticed-calls.js';
import type { Look } from '../trace/look.js';
import { Content } from './content.js';

/** What files held when a call was entered, by path. */
export type CallSighting = ReadonlyMap<BytePath, Content>;

/**
 * Which look belongs to which call: those of a thread are in the order of its calls. From where the two do not fit
 * nothing is said to have been seen of that thread.
 */
export function sightedCalls(looks: readonly Look[], calls: readonly Call[]): Map<Call, CallSighting> {
  const output = looks[0]?.output ?? null;
  const waiting = new Map<number, Call[]>();
  for (const call of [...calls].sort((a, b) => a.enter - b.enter)) {
    if (!isNoticed(call, output)) continue;
    const own = waiting.get(call.pid);
    if (own) own.push(call);
    else waiting.set(call.pid, [call]);
  }
  const contents = new Map<number, Content>();
  const sighted = new Map<Call, CallSighting>();
  for (const { pid, call: name, files } of looks) {
    const sighting = new Map<BytePath, Content>();
    for (const { file, path, size, changed } of files) {
      const content = contents.get(file)?.clone() ?? new Content();
      content.truncate(Math.min(size, content.size));
      content.size = size;
      for (const { offset, bytes } of changed.ranges) content.write(offset, bytes);
      contents.set(file, content);
      sighting.set(path, content);
    }
    const own = waiting.get(pid);
    const call = own?.shift();
    if (!call) continue;
    if (call.name === name) sighted.set(call, sighting);
    else waiting.delete(pid);
  }
  return sighted;
}
