import t from 'tap';
import { endOfWithBlock } from '../../harness/contract/patch/with-block.js';

const program = `def save(name, text):
    with open(name, "w") as file:  # the file
        file.write(text)

        file.write("end")
    os.rename(name, "b")
    file.write("x")
`.split('\n');

t.test('behind the end of a with block, else behind the line itself', async (t) => {
  t.equal(endOfWithBlock(program, 2), 5, 'while the file is still open');
  t.equal(endOfWithBlock(program, 6), 6);
  t.equal(endOfWithBlock(program, 99), 99, 'a line that is not there');
});
