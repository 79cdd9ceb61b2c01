import { ctrfReporter } from './ctrf.js';
import { githubReporter } from './github.js';
import { gitlabReporter } from './gitlab.js';
import { jsonReporter } from './json.js';
import { junitReporter } from './junit.js';
import { markdownReporter } from './markdown.js';
import type { Reporter } from './reporter.js';
import { sarifReporter } from './sarif.js';
import { tapReporter } from './tap.js';

/** Every format there is. */
export const reporters: readonly Reporter[] = [
  junitReporter,
  tapReporter,
  sarifReporter,
  markdownReporter,
  githubReporter,
  gitlabReporter,
  ctrfReporter,
  jsonReporter,
];
