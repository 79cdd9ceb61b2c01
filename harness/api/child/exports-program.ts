/** Says which of the exports that a crash test knows a user's module has: node exports-program.js MODULE_URL */
const found = (await import(process.argv[2]!)) as Record<string, unknown>;
process.stdout.write(
  `\n${JSON.stringify({ workload: typeof found.default === 'function', check: typeof found.check === 'function' })}\n`,
  // A module that keeps something open must not keep us.
  () => process.exit(0),
);
