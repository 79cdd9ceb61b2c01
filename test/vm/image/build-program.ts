/** Builds the images of kernel ARG with the guest of these tests, and prints them as JSON. For tests that kill it. */
import { join } from 'node:path';
import { guestImages } from '../../../vm/image/guest-images.js';

const images = await guestImages({
  kernel: process.argv[2] ?? 'cloud',
  guest: join(import.meta.dirname, '../../../../test/vm/image/guest'),
  onStep: (step) => process.stderr.write(`${step}\n`),
});
process.stdout.write(JSON.stringify(images));
