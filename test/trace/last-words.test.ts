import t from 'tap';
import { lastWords } from '../../harness/trace/last-words.js';

t.test('what a program said last, without what says nothing', async (t) => {
  const node =
    'app.js:3\nsave()\n^\n\nError: no room\n    at save (/app.js:1:7)\n    at node:internal/main/run:28:49\n\nNode.js v20.20.2\n';
  t.strictSame(lastWords(node), ['app.js:3', 'save()', '^', 'Error: no room']);
  const python = 'Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: 1\n';
  t.strictSame(lastWords(python).at(-1), 'KeyError: 1');
  t.strictSame(lastWords('1\n2\n3\n4\n5\n6\n7\n'), ['2', '3', '4', '5', '6', '7']);
  t.strictSame(lastWords(''), []);
});
