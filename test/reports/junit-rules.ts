/**
 * What the schemas of JUnit XML agree on (Jenkins' xunit plugin, Ant's): which elements and attributes there may be and
 * what counts have to add up to.
 */
interface Element {
  [key: string]: unknown;
}

const attributes: Record<string, RegExp> = {
  testsuites: /^(name|tests|failures|errors|skipped|time)$/,
  testsuite: /^(name|tests|failures|errors|skipped|time)$/,
  testcase: /^(classname|name|time)$/,
  failure: /^(type|message)$/,
  error: /^(type|message)$/,
  skipped: /^message$/,
};
const children: Record<string, RegExp> = {
  testsuites: /^testsuite$/,
  testsuite: /^testcase$/,
  testcase: /^(failure|error|skipped|system-out)$/,
};

/** @param parsed by fast-xml-parser, with attributes and with lists for test elements */
export function junitProblems(parsed: Element): string[] {
  const problems: string[] = [];
  const look = (name: string, element: unknown): void => {
    if (typeof element !== 'object' || element === null) return;
    for (const [key, value] of Object.entries(element)) {
      if (key === '#text') continue;
      if (key.startsWith('@_')) {
        if (!attributes[name]?.test(key.slice(2))) problems.push(`${name} has the attribute ${key.slice(2)}`);
        continue;
      }
      if (!children[name]?.test(key)) problems.push(`${name} holds ${key}`);
      for (const child of [value].flat()) look(key, child);
    }
    if (name === 'testsuite') countProblems(element as Element, problems);
  };
  for (const whole of parsed.testsuites as Element[]) look('testsuites', whole);
  return problems;
}

function countProblems(suite: Element, problems: string[]): void {
  const cases = [suite.testcase].flat() as Element[];
  const count = (kind: string): number => cases.filter((one) => one[kind] !== undefined).length;
  const said = {
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  };
  for (const [name, number] of Object.entries(said)) {
    if (Number(suite[`@_${name}`]) !== number)
      problems.push(`${suite['@_name']} says ${name}=${suite[`@_${name}`]} and has ${number}`);
  }
}
