import t from 'tap';
import { featureArguments, newerFeatures } from '../../../vm/live/flakey-features.js';

t.test("the target's arguments begin with how many words follow", async (t) => {
  t.equal(featureArguments(['drop_writes']), '1 drop_writes');
  t.equal(featureArguments(['error_writes', 'error_reads']), '2 error_writes error_reads');
  t.equal(featureArguments(['random_write_corrupt']), '2 random_write_corrupt 500000000');
});

t.test('what Linux has had since 6.5 only may be lacking', async (t) => {
  t.same(newerFeatures(['drop_writes']), []);
  t.same(newerFeatures(['error_writes', 'error_reads']), ['error_reads']);
  t.same(newerFeatures(['random_write_corrupt']), ['random_write_corrupt']);
});
