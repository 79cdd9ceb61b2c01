import type { Content } from '../model/content.js';
import type { Effect } from '../model/effect.js';

/** What an effect makes of a file's bytes, for those who see it happen. */
export function applyTo(content: Content, effect: Effect): void {
  if (effect.kind === 'size') content.resize(effect.to);
  else if (effect.kind === 'data') {
    if (effect.bytes === null) content.zero(effect.offset, effect.length);
    else content.write(effect.offset, effect.bytes);
  }
}
