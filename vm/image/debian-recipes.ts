import type { BuildOptions } from './build-options.js';
import { debianKernels, kernelRecipe } from './kernel.js';
import type { Recipe } from './latest.js';
import { rootRecipe } from './root-image.js';

/** Everything that this version of plugpull makes of Debian packages. */
export function debianRecipes(options: BuildOptions): Recipe[] {
  return [rootRecipe(options), ...debianKernels.map((kernel) => kernelRecipe(kernel, options))];
}
