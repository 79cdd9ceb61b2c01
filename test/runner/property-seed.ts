/**
 * Loaded before each test file: property tests draw the same inputs in each run, so that a commit that was green
 * stays green. `PLUGPULL_SEED=N` draws others, as `npm run campaign -- properties` does. A seed that a test names
 * itself goes before this one.
 */
import fc from 'fast-check';

const text = process.env.PLUGPULL_SEED ?? '1';
const seed = Number(text);
if (!Number.isInteger(seed)) throw new Error(`PLUGPULL_SEED: expected a whole number, got ${text}`);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
