/**
 * What Jenkins' schema of JUnit XML asks for (junit-10.xsd of its xUnit plugin, the narrowest in use): which elements and
 * attributes there may be, which there must be; and what counts have to add up to.
 */
interface Element {
  [key: string]: unknown;
}

const attributes: Record<string, RegExp> = {
  testsuites: /^(name|tests|failures|errors|time)$/,
  testsuite: /^(name|tests|failures|errors|skipped|time)$/,
  testcase: /^(classname|name|time)$/,
  failure: /^(type|message)$/,
  error: /^(type|message)$/,
  skipped: /^message$/,
};
const needed: Record<string, readonly string[]> = {
  testsuite: ['name', 'tests', 'failures', 'errors'],
  testcase: ['name'],
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
    for (const attribute of needed[name] ?? [])
      if (!(`@_${attribute}` in element)) problems.push(`${name} has no ${attribute}`);
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
  // Its type for time is made of digits, with three behind the point at most.
  for (const [, time] of JSON.stringify(parsed).matchAll(/"@_time":"([^"]*)"/g))
    if (!/^\d+(\.\d{0,3})?$/.test(time!)) problems.push(`a time is ${time}`);
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
