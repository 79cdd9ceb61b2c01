import type { BuildOptions } from './build-options.js';
import { debianKernels } from './debian-kernel.js';
import { kernelRecipe } from './kernel.js';
import type { Recipe } from './latest.js';
import { rootRecipe } from './root-image.js';
import { umlRecipe } from './uml-kernel.js';

/** Everything that this version of plugpull makes of Debian packages. */
export function debianRecipes(options: BuildOptions): Recipe[] {
  const recipe = { cloud: kernelRecipe, generic: kernelRecipe, uml: umlRecipe };
  return [rootRecipe(options), ...debianKernels.map((kernel) => recipe[kernel.flavour](kernel, options))];
}
