/** What cannot be there without what: exactly so, and told in as many words as there are units. */
import t from 'tap';
import { withoutUnsupported, withSupport } from '../../harness/contract/crash/choices.js';
import { crashUnits, type UnitSet } from '../../harness/contract/crash/units.js';
import type { Effect } from '../../harness/model/effect.js';
import { persistenceModel } from '../../harness/model/model-catalogue.js';
import type { PersistenceModel } from '../../harness/model/persistence-model.js';
import { create, pwrite, rename, replayWritten } from './written-trace.js';

const xfs = persistenceModel('xfs');
/** No model of ours has it: of those that may be written. */
const renamesAfterData: PersistenceModel = {
  ...xfs,
  ordering: { ...xfs.ordering, rename_after_data: { value: true, source: 'this test' } },
};

t.test('a size needs the data below it that its own call wrote, and no other', async (t) => {
  const page = 'x'.repeat(4096);
  const { effects } = replayWritten([
    create('f'),
    pwrite('f', page.repeat(3).slice(100), 50),
    pwrite('f', page.repeat(2), 20_000),
  ]);
  const { units, requires } = crashUnits(effects, xfs);
  for (const [index, unit] of units.entries()) {
    if (unit.kind !== 'size') continue;
    const choice = withSupport({ units, requires }, index);
    const below = units.map(
      (other) => other.kind === 'data' && other.effect.step === unit.effect.step && other.offset < unit.to,
    );
    const earlier = units.filter((_, other) => choice[other] && units[other]!.effect.step < unit.effect.step);
    t.same(
      earlier.filter(({ kind }) => kind === 'data'),
      [],
    );
    t.same(
      units.map(({ kind }, other) => kind === 'data' && choice[other]),
      below,
      `size ${unit.to}`,
    );
  }
  t.ok(units.filter(({ kind }) => kind === 'size').length >= 5);
});

t.test('of a write of 640 MiB a length is as short to tell as of one of a page', async (t) => {
  const bytes = 640 * 2 ** 20;
  const { effects } = replayWritten([create('t'), pwrite('t', 'x', 0), rename('t', 'f')], { f: 'old' });
  const long = effects.map((effect): Effect => {
    if (effect.kind === 'data') return { ...effect, length: bytes, bytes: null };
    return effect.kind === 'size' ? { ...effect, to: bytes } : effect;
  });
  const needed = ({ requires }: UnitSet): number => requires.reduce((sum, { length }) => sum + length, 0);
  const set = crashUnits(long, xfs);
  const pages = bytes / 4096;
  t.ok(set.units.length > 2 * pages);
  t.ok(needed(set) < 2 * set.units.length, `${needed(set)} for ${set.units.length} units`);
  const last = set.units.findLastIndex(({ kind }) => kind === 'size');
  const choice = withSupport(set, last);
  t.equal(choice.filter((present, index) => present && set.units[index]!.kind === 'data').length, pages);
  const omitted = set.units.findIndex(({ kind }) => kind === 'data');
  const without = withoutUnsupported(
    set,
    set.units.map((_, index) => index !== omitted),
  );
  t.notOk(without[last], 'no length without the first page');

  const renamed = crashUnits(long, renamesAfterData);
  const name = renamed.units.findIndex(({ effect }) => effect.kind === 'entry' && effect.from && effect.to);
  t.ok(renamed.requires[name]!.length >= 2 * pages);
  const there = withSupport(renamed, name);
  t.equal(
    there.filter((present, index) => present && renamed.units[index]!.kind !== 'entry').length,
    2 * pages,
  );
});
