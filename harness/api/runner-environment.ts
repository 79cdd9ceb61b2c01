/**
 * What test runners and the tools that start them put into the environment of a test. A program under test must not
 * find it: hooks in NODE_OPTIONS would be loaded into it, and its own tests would take it for a part of this one.
 */
const runnerVariables =
  /^(?:NODE_(?:OPTIONS|V8_COVERAGE|TEST_CONTEXT|CHANNEL_.*|UNIQUE_ID|ENV)|TAP(?:_.*)?|VITEST(?:_.*)?|JEST_.*|MOCHA_.*|VITE_USER_NODE_ENV|TEST|DEV|PROD|SSR|MODE|BASE_URL|FORCE_COLOR|npm_.*|INIT_CWD|TS_NODE_.*|TSX_.*|_TAPJS_.*)$/;

export function withoutRunner(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !runnerVariables.test(name)));
}
