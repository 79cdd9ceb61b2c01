/** Documents of JSON or YAML, spoiled: their bytes, or one of their values. */
import fc from 'fast-check';
import { mutations } from './mutation.js';

const oddValue = fc.constantFrom<unknown>(
  ...[null, true, '', 'x', -1, 1e300, 0.5, [], {}, [null], [[]], { schema: 'x' }],
  ...['\u202e\u001b[31m', '9'.repeat(400), 'plugpull.results/3', 'plugpull.results/1', 2 ** 53],
);

/** @param documents whole ones, as text */
export function mutatedDocument(documents: readonly string[]): fc.Arbitrary<string> {
  const document = fc.constantFrom(...documents);
  const byBytes = fc
    .tuple(document, mutations(4))
    .map(([text, mutate]) => mutate(Buffer.from(text)).toString('utf8'));
  const byValue = fc
    .tuple(document, fc.array(fc.tuple(fc.nat(), oddValue), { minLength: 1, maxLength: 3 }))
    .map(([text, changes]) => changes.reduce((changed, [at, value]) => withValue(changed, at, value), text));
  return fc.oneof(byBytes, byValue);
}

/** One value of a JSON document replaced, counted modulo how many there are; other text is left as it is. */
function withValue(text: string, at: number, odd: unknown): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  let count = 0;
  JSON.stringify(value, (_, each) => {
    count++;
    return each as unknown;
  });
  let seen = 0;
  const changed = JSON.stringify(value, (_, each) => (seen++ === at % count ? odd : (each as unknown)));
  return changed ?? 'null';
}
