/** What is written is read by somebody else's program, or checked against the format's own schema. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import t from 'tap';
import { Parser } from 'tap-parser';
import { certificateReporter } from '../../reports/certificate.js';
import { ctrfReporter } from '../../reports/ctrf.js';
import { githubReporter } from '../../reports/github.js';
import { gitlabReporter } from '../../reports/gitlab.js';
import { jsonReporter } from '../../reports/json.js';
import { junitReporter } from '../../reports/junit.js';
import { sarifReporter } from '../../reports/sarif.js';
import { tapReporter } from '../../reports/tap.js';
import { checkout } from '../e2e/plugpull.js';
import { requires } from '../require.js';
import { ctrfProblems } from './ctrf-schema.js';
import { gitlabProblems } from './gitlab-schema.js';
import { junitProblems } from './junit-rules.js';
import { isSarif } from './sarif-schema.js';
import { mixedResults, repository } from './stored.js';

const stored = mixedResults();
const { runs } = stored.results;
const surroundings = { repository };

t.test('tap-parser reads the TAP: a point a case, all verdicts told apart', async (t) => {
  const points = Parser.parse(tapReporter.render(stored, surroundings));
  const asserts = points.filter(([type]) => type === 'assert').map(([, result]) => result);
  t.same(
    points.filter(([type]) => type === 'extra'),
    [],
    'every line is understood',
  );
  t.ok(asserts.some(({ ok }) => ok) && asserts.some(({ ok }) => !ok) && asserts.some(({ skip }) => skip));
  const named = asserts.map(({ name }) => name);
  for (const { scenario, storage } of runs) {
    t.ok(
      named.some((name) => name.startsWith(`${scenario} on ${storage}`)),
      `${scenario} has points`,
    );
  }
  const unknown = asserts.find(({ name }) => name.startsWith('checker-crashes') && name.includes('observed'));
  t.match(unknown, { ok: false, diag: { severity: 'unknown', message: /the checker was killed|unknown/ } });
});

t.test('an XML parser reads the JUnit, and its elements are those of the format', async (t) => {
  const xml = junitReporter.render(stored, surroundings);
  t.equal(XMLValidator.validate(xml), true);
  const read = new XMLParser({ ignoreAttributes: false, isArray: (name) => /^test/.test(name) }).parse(xml);
  t.same(junitProblems(read), []);
  const [whole] = read.testsuites;
  t.equal(whole.testsuite.length, new Set(runs.map(({ scenario }) => scenario)).size, 'a suite a scenario');
  t.equal(
    whole.testsuite.flatMap(({ testcase }: { testcase: unknown[] }) => testcase).length,
    Number(whole['@_tests']),
  );
  const errors = JSON.stringify(
    whole.testsuite.find((suite: Record<string, string>) => suite['@_name'] === 'checker-crashes'),
  );
  t.match(errors, /"error"/, 'unknown is an error');
  t.match(errors, /"skipped"/, 'an engine that did not run is skipped, not absent');
});

t.test('a program of another house reads the JUnit, and counts what is in it', async (t) => {
  if (!requires(t, { commands: ['python3', 'junitparser'] })) return;
  const file = join(t.testdir(), 'junit.xml');
  const reads = `
import json, sys
from junitparser import JUnitXml
whole = JUnitXml.fromfile(sys.argv[1])
kinds = [(result.__class__.__name__ if (result := (case.result or [None])[0]) else 'passed') for suite in whole for case in suite]
said = (whole.tests, whole.failures, whole.errors, sum(suite.skipped for suite in whole))
whole.update_statistics()
print(json.dumps({'said': said, 'counted': (whole.tests, whole.failures, whole.errors, whole.skipped), 'suites': [suite.name for suite in whole], 'kinds': sorted(set(kinds)), 'cases': len(kinds)}))`;
  writeFileSync(file, junitReporter.render(stored, surroundings));
  const read = JSON.parse(execFileSync('python3', ['-c', reads, file], { encoding: 'utf8' }));
  t.same(read.said, read.counted, 'the numbers are those of its cases');
  t.same(read.suites, [...new Set(runs.map(({ scenario }) => scenario))], 'a suite a scenario');
  t.equal(read.cases, read.said[0]);
  t.same(read.kinds, ['Error', 'Failure', 'Skipped', 'passed']);
});

t.test('SARIF is valid by the official schema, and keeps what code scanning asks for', async (t) => {
  const sarif = JSON.parse(sarifReporter.render(stored, surroundings));
  t.same(isSarif(sarif), []);
  const [{ results, tool, invocations }] = sarif.runs;
  t.equal(results.length, runs.flatMap(({ findings }) => findings).length);
  for (const result of results) {
    t.equal(result.locations.length, 1);
    t.equal(tool.driver.rules[result.ruleIndex].id, result.ruleId);
    const physical = result.locations[0].physicalLocation;
    t.notMatch(physical?.artifactLocation.uri ?? '', /^\/|\.\./, 'in the repository');
    t.equal(result.partialFingerprints.primaryLocationLineHash, undefined);
  }
  const prints = results.map((result: Record<string, Record<string, string>>) =>
    Object.values(result.partialFingerprints!).join(),
  );
  t.equal(new Set(prints).size, prints.length, 'fingerprints differ');
  const observed = results.find(
    (result: { ruleId: string; properties: { scenario: string } }) =>
      result.ruleId === 'observed/durability' && result.properties.scenario === 'hostile-names',
  );
  t.match(
    observed.locations[0].physicalLocation,
    { artifactLocation: { uri: 'src/hostile.py' }, region: { startLine: 13 } },
    'blocks know no lines: those of the calls',
  );
  const contract = results.find(
    (result: { ruleId: string; properties: { scenario: string } }) =>
      result.ruleId === 'contract/durability' && result.properties.scenario === 'config-kept',
  );
  t.equal(contract.locations[0].physicalLocation.artifactLocation.uri, 'src/config.py');
  const steps = contract.codeFlows[0].threadFlows[0].locations.map(
    (step: { location: { message: { text: string } } }) => step.location.message.text,
  );
  t.match(steps, [/^rename\(/, /^ack /, /^power cut /], 'call, ack, cut');
  t.ok(contract.suppressions, 'what the scenario expects is suppressed');
  const said = JSON.stringify(invocations[0].toolExecutionNotifications);
  t.match(said, /checker-crashes on ext4: unknown/);
  t.match(said, /not looked at: writes torn inside a sector/);
});

t.test('GitLab code quality has what GitLab asks for, and nothing that it would not show', async (t) => {
  const issues = JSON.parse(gitlabReporter.render(stored, surroundings));
  t.same(gitlabProblems(issues), []);
  t.same(
    gitlabProblems(JSON.parse(readFileSync(join(checkout, 'test/reports/golden/mixed.gitlab'), 'utf8'))),
    [],
  );
  t.same(gitlabProblems([]), [], 'nothing found');
  t.ok(issues.some(({ check_name }: { check_name: string }) => check_name === 'unknown'));
  t.notMatch(JSON.stringify(issues), /config-kept/, 'what the scenario expects is no issue');
  const elsewhere = JSON.parse(gitlabReporter.render(stored, { repository: '/somewhere/else' }));
  t.same(gitlabProblems(elsewhere), [], 'nothing of it is in the repository');
});

t.test('what GitLab would not take is seen', async (t) => {
  const [issue] = JSON.parse(gitlabReporter.render(stored, surroundings));
  const { fingerprint: _, ...nameless } = issue;
  for (const [wrong, why] of [
    [[issue, issue], /once/],
    [[nameless], /fingerprint/],
    [[{ ...issue, severity: 'error' }], /severity/],
    [[{ ...issue, location: { path: '/home/user/a.py', lines: { begin: 1 } } }], /path/],
    [[{ ...issue, location: { path: './a.py', lines: { begin: 1 } } }], /path/],
    [[{ ...issue, location: { path: 'a.py' } }], /location/],
    [[{ ...issue, location: { path: 'a.py', lines: { begin: 0 } } }], /begin/],
    [{ issues: [] }, /array/],
  ] as const)
    t.match(gitlabProblems(wrong).join('; '), why);
});

t.test('CTRF has what its schema asks for, and counts what it lists', async (t) => {
  const ctrf = JSON.parse(ctrfReporter.render(stored, surroundings));
  t.same(ctrfProblems(ctrf), []);
  t.not(ctrfProblems({ ...ctrf, results: { ...ctrf.results, tool: {} } }).length, 0);
  const { results } = ctrf;
  const { summary, tests } = results;
  t.equal(tests.length, summary.tests);
  t.equal(summary.passed + summary.failed + summary.skipped + summary.other, summary.tests);
  for (const status of ['passed', 'failed', 'skipped', 'other']) {
    t.equal(tests.filter((test: { status: string }) => test.status === status).length, summary[status]);
  }
});

t.test(
  'GitHub annotations: commands only where they are ours, at most ten, the last counts the rest',
  async (t) => {
    const lines = githubReporter.render(stored, surroundings).trimEnd().split('\n');
    const [, token = ''] = /^::stop-commands::(.+)$/.exec(lines[0]!) ?? [];
    t.match(token, /^plugpull-[0-9a-f-]{36}$/);
    const resumed = lines.indexOf(`::${token}::`);
    t.ok(resumed > 0);
    const annotations = lines.slice(resumed + 1);
    t.equal(annotations.length, 10);
    for (const line of annotations) t.match(line, /^::(error|warning) [^:]*::./);
    t.match(annotations.at(-1), /::\d+ more findings are not shown here/);
    t.notMatch(annotations.join('\n'), /config-kept/, 'what the scenario expects is no annotation');
    const [, other] = /^::stop-commands::(.+)/.exec(githubReporter.render(stored, surroundings))!;
    t.not(other, token, 'the word is new each time');
  },
);

t.test('a certificate claims a pass only within its scope, and is bound to the results', async (t) => {
  const { claims, results_sha256 } = JSON.parse(certificateReporter.render(stored, surroundings));
  const claim = (scenario: string, evidence: string): string =>
    claims.find((one: Record<string, string>) => one.scenario === scenario && one.evidence === evidence)
      ?.claim;
  t.match(claim('all-well', 'observed'), /^no promise is broken in: every subset of the writes/);
  t.match(claim('config-file', 'observed'), /^a promise is broken: 2 findings/);
  t.match(claim('checker-crashes', 'observed'), /^nothing is claimed: /);
  t.equal(claim('checker-crashes', 'contract'), undefined, 'an engine that did not run claims nothing');
  const document = jsonReporter.render(stored, surroundings).trimEnd();
  t.equal(results_sha256, createHash('sha256').update(document).digest('hex'));
  const [partly] = stored.results.runs.filter(({ storage }) => storage === 'btrfs');
  const unfinished = { ...partly!, verdict: 'pass' as const, observed: 'pass' as const, findings: [] };
  const changed = { ...stored, results: { ...stored.results, runs: [unfinished] } };
  const [, observed] = JSON.parse(certificateReporter.render(changed, surroundings)).claims;
  t.match(observed.claim, /in what was looked at of: .*; not looked at: writes torn inside a sector/);
});

t.test('the official schema rejects what is not SARIF', async (t) => {
  const sarif = JSON.parse(sarifReporter.render(stored, surroundings));
  delete sarif.runs[0].tool;
  t.not(isSarif(sarif).length, 0);
  t.ok(createRequire(import.meta.url).resolve('@microsoft/jest-sarif'));
});
