import { join } from 'node:path';
import t from 'tap';
import { patchPlace } from '../../harness/contract/patch-place.js';

const program = `def save(name, text):
    with open(name, "w") as file:  # the file
        file.write(text)

        file.write("end")
    os.rename(name, "b")
    file.write("x")
`;

t.test('behind the end of a with block, else behind the line itself', async (t) => {
  const path = join(t.testdir({ 'save.py': program }), 'save.py');
  t.equal(patchPlace('save.py:2', path), 'save.py:5', 'while the file is still open');
  t.equal(patchPlace('save.py:6', path), 'save.py:6');
  t.equal(patchPlace('save.py:2', undefined), 'save.py:2', 'a file that is not known');
  t.equal(patchPlace('save.py:2', `${path}.gone`), 'save.py:2');
  t.equal(patchPlace('save.js:2', path), 'save.js:2');
});
