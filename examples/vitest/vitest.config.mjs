export default { test: { include: ['**/*.test.ts'], cache: false } };
