import { UsageError } from '../../harness/verdict/errors.js';
import { rootSuite, type Suite, suites } from './suite.js';

/** Debian's kernels by what they are for: the package that stands for the newest, and the release meant without a name. */
const flavours = {
  cloud: { package: 'linux-image-cloud-amd64', suite: rootSuite },
  generic: { package: 'linux-image-amd64', suite: rootSuite },
  // User-mode Linux before 7 panics at its first process on processors with AMX.
  uml: { package: 'user-mode-linux', suite: 'forky' },
} as const satisfies Record<string, { package: string; suite: Suite }>;

export type Flavour = keyof typeof flavours;

export interface DebianKernel {
  flavour: Flavour;
  suite: Suite;
}

/** All that there are. */
export const debianKernels = (Object.keys(suites) as Suite[]).flatMap((suite) =>
  (Object.keys(flavours) as Flavour[]).map((flavour): DebianKernel => ({ flavour, suite })),
);

/** The package to ask apt for. */
export function packageOf({ flavour }: DebianKernel): string {
  return flavours[flavour].package;
}

/** `cloud`, `generic@trixie`, `uml`: a kernel of a Debian release. Undefined for anything else, which is a path. */
export function debianKernel(name: string): DebianKernel | undefined {
  const [flavour, suite, ...rest] = name.split('@');
  if (!Object.hasOwn(flavours, flavour!) || rest.length > 0) return undefined;
  if (suite !== undefined && !Object.hasOwn(suites, suite)) {
    throw new UsageError(
      `--kernel ${name}: expected a release of Debian after the @, one of ${Object.keys(suites).join(', ')}; got ${suite}`,
    );
  }
  const known = flavour as Flavour;
  return { flavour: known, suite: (suite as Suite | undefined) ?? flavours[known].suite };
}
