import t from 'tap';
import { endOfWithBlock, startOfWithBlock } from '../../harness/contract/patch/with-block.js';

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

t.test('behind the first statement of a with block, where that tells nobody anything', async (t) => {
  t.equal(startOfWithBlock(program, 2), 3);
  t.equal(startOfWithBlock(program, 6), 6, 'a line that opens no block');
  for (const first of ['print("saved")', 'for part in text:', 'file.write(text', 'ack.send("saved")'])
    t.equal(startOfWithBlock(['with open(name, "w") as file:', `    ${first}`], 1), null, first);
});
