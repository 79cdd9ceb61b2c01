/** What `import 'plugpull'` costs a test file: measured inside of fresh processes, so that Node's own start does not count. */
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { type BenchContext, type Benchmark, type Measured, repeats } from './benchmark.js';
import { checkoutFolder } from './checkout.js';
import { median } from './median.js';

const goalMs = 100;

export const importPlugpull: Benchmark = {
  name: 'import_plugpull',
  about: "milliseconds that import 'plugpull' takes in a new process; baseline: the goal, 100 ms",
  goal: 1,
  better: 'less',
  measure,
};

async function measure(context: BenchContext): Promise<Measured> {
  const entry = new URL('dist/harness/api/index.js', pathToFileURL(`${checkoutFolder}/`)).href;
  const program = `
    const started = performance.now();
    await import(${JSON.stringify(entry)});
    const wall = performance.now() - started;
    console.log(JSON.stringify({ wall, processor: process.cpuUsage(before).user / 1000 }));`;
  const wall: number[] = [];
  const processor: number[] = [];
  for (let i = 0; i < repeats(15, context); i++) {
    context.signal.throwIfAborted();
    context.say(`importing, ${i + 1}`);
    const args = ['--input-type=module', '-e', `const before = process.cpuUsage();${program}`];
    const { stdout } = await execa(process.execPath, args);
    const measured = JSON.parse(stdout) as { wall: number; processor: number };
    wall.push(measured.wall);
    processor.push(measured.processor);
  }
  return {
    value: median(wall),
    baseline: goalMs,
    unit: 'ms',
    details: { user_processor_ms: Number(median(processor).toFixed(1)) },
  };
}
