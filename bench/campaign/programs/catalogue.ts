import { databases } from './databases.js';
import { packages } from './packages.js';
import type { RealProgram } from './real-program.js';
import { services } from './services.js';
import { singleFiles } from './single-files.js';

export const realPrograms: readonly RealProgram[] = [...singleFiles, ...packages, ...databases, ...services];
