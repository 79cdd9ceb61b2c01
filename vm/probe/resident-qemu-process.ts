/** The first program of a guest in QEMU that the probe works in; its words are the modules to load (vm/guest/init). */
import { doJobs } from '../lane/uml/guest-program.js';
import { loadModules } from '../lane/uml/guest-root.js';
import { residentInGuest } from './resident-in-guest.js';

loadModules('/plugpull/modules', process.argv.slice(2));
doJobs(residentInGuest);
