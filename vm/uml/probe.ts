import type { Capability } from '../../harness/doctor/capability.js';
import { lackReport, missingFor } from '../../harness/doctor/need.js';
import { findUmlKernel, umlKernelLabel } from '../image/uml-kernel.js';
import { findPython } from './uml-images.js';

/** What starting a guest takes, when its kernel is there. */
const commands = ['setpriv'];

/** Whether runs without root have a kernel to run on: a look into the cache, nothing is started. */
export function probeUml(): Capability {
  const about = {
    name: 'User-mode Linux',
    neededFor: 'recording and recovering without root',
    fix: 'plugpull vm build --kernel uml; the first run that needs it does the same',
  };
  const lack = missingFor({ commands });
  if (lack.length > 0) return { ...about, ok: false, detail: lackReport(lack) };
  if (findPython() === undefined)
    return { ...about, ok: false, detail: 'python3 is missing', package: 'python3' };
  const kernel = findUmlKernel('uml');
  if (!kernel) return { ...about, ok: false, detail: 'not built yet' };
  return { ...about, ok: true, detail: `${umlKernelLabel(kernel)} (${kernel.folder})` };
}
