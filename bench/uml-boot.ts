/** User-mode Linux: how long a guest takes until its agent answers. */
import { umlKernelLabel } from '../vm/image/uml-kernel.js';
import { umlImages } from '../vm/uml/uml-images.js';
import { UmlMachine } from '../vm/uml/uml-machine.js';
import { type Benchmark, repeats } from './benchmark.js';
import { median } from './median.js';

const goalMs = 400;

export const umlBoot: Benchmark = {
  name: 'uml_boot',
  about:
    "from starting User-mode Linux on the host's files to the first answer of the agent; baseline: the goal",
  goal: 1,
  better: 'less',
  async measure(context) {
    const { lab, signal, say } = context;
    const images = await umlImages({ kernel: 'uml', root: 'host', signal, onStep: say });
    const times: number[] = [];
    for (let round = repeats(9, context); round > 0; round--) {
      const machine = new UmlMachine({ images, space: lab.space, signal });
      const started = performance.now();
      await machine.start();
      times.push(performance.now() - started);
      await machine.pullPlug();
    }
    return {
      value: median(times),
      baseline: goalMs,
      unit: 'ms',
      details: { kernel: umlKernelLabel(images.kernel), fastest_ms: Math.min(...times) },
    };
  },
};
