import type { CommandModule } from 'yargs';
import { cleanCache } from '../../../vm/image/clean-cache.js';
import { mebibytes } from '../../../vm/image/mebibytes.js';
import { exitCode } from '../../verdict/exit-code.js';
import { interruptible } from '../interrupt.js';
import { StepLine } from '../step-line.js';

export const vmCleanCommand: CommandModule<object, { all: boolean; json: boolean }> = {
  command: 'clean',
  describe: 'Remove downloads and images that newer ones have replaced',
  builder: (yargs) =>
    yargs
      .options({
        all: { type: 'boolean', default: false, describe: 'remove every image' },
        json: { type: 'boolean', default: false, describe: 'print JSON' },
      })
      .example('$0 vm clean', 'what the next run does not need')
      .example('$0 vm clean --all', 'everything; plugpull vm build makes it again'),
  handler: async ({ all, json }) => {
    const line = new StepLine(process.stderr);
    const freed = await interruptible((signal) =>
      cleanCache({ all, signal, onStep: (step) => line.show(step) }),
    ).finally(() => line.end());
    if (freed === 'interrupted') process.exitCode = exitCode.interrupted;
    else if (json)
      process.stdout.write(`${JSON.stringify({ schema: 'plugpull.vm-clean/1', freed_bytes: freed })}\n`);
    else process.stdout.write(freed > 0 ? `${mebibytes(freed)} made free\n` : 'nothing to remove\n');
  },
};
