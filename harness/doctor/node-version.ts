import type { Capability } from './capability.js';

/** As `engines` in package.json says. */
const oldest = { major: 20, minor: 19 };

export function probeNode(version = process.versions.node): Capability {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return {
    name: 'node',
    ok: major > oldest.major || (major === oldest.major && minor >= oldest.minor),
    detail: version,
    neededFor: 'plugpull itself',
    fix: `install Node.js ${oldest.major}.${oldest.minor} or newer`,
  };
}
