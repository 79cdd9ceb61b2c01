import { certificateReporter } from './certificate.js';
import { ctrfReporter } from './ctrf.js';
import { githubReporter } from './github.js';
import { gitlabReporter } from './gitlab.js';
import { htmlReporter } from './html.js';
import { jsonReporter } from './json.js';
import { junitReporter } from './junit.js';
import { markdownReporter } from './markdown.js';
import type { Reporter } from './reporter.js';
import { sarifReporter } from './sarif.js';
import { tapReporter } from './tap.js';
import { textReporter } from './text.js';

/** Every format there is. */
export const reporters: readonly Reporter[] = [
  htmlReporter,
  textReporter,
  junitReporter,
  tapReporter,
  sarifReporter,
  markdownReporter,
  githubReporter,
  gitlabReporter,
  ctrfReporter,
  certificateReporter,
  jsonReporter,
];
