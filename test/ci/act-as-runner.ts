/** Does with a composite action what GitHub's runner does, as far as a machine without that service can. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { checkout } from '../e2e/plugpull.js';

interface Step {
  name: string;
  id?: string;
  if?: string;
  uses?: string;
  with?: Record<string, string>;
  run?: string;
  env?: Record<string, string>;
}

export interface Action {
  inputs: Record<string, { default?: string; required?: boolean }>;
  outputs: Record<string, { value: string }>;
  runs: { using: string; steps: Step[] };
}

export const action = parse(readFileSync(join(checkout, 'action.yml'), 'utf8')) as Action;

export interface Acted {
  /** The first step's exit code that is not 0, else 0. */
  exitCode: number;
  outputs: Record<string, string>;
  log: string;
  summary: string;
  /** Steps of other actions that would have run, with what they are given. */
  used: { uses: string; with: Record<string, string> }[];
  /** Paths that the artifact would hold, below what is uploaded. */
  uploaded: string[];
}

/** A job of the runner's machine: several steps of it may use the action. */
export interface Job {
  cwd: string;
  env: NodeJS.ProcessEnv;
  uid?: number;
  /** What the runner empties for each job: RUNNER_TEMP. */
  temporary?: string;
}

/** Files that upload-artifact takes: it follows links, leaves out hidden files, and lines with ! take away. */
function uploadedFiles(cwd: string, patterns: string): string[] {
  const lines = patterns.split('\n').filter(Boolean);
  const left = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const kept = (path: string): boolean =>
    !left.some((one) => (one.endsWith('/**') ? path.startsWith(one.slice(0, -2)) : path === one));
  const below = (path: string): string[] =>
    statSync(join(cwd, path)).isDirectory()
      ? readdirSync(join(cwd, path))
          .filter((name) => !name.startsWith('.'))
          .flatMap((name) => below(`${path}/${name}`))
      : [path];
  return lines
    .filter((line) => !line.startsWith('!'))
    .flatMap(below)
    .filter(kept);
}

/** Lines that the runner takes for commands: those that begin so behind spaces, unless it was told to look for none. */
export function commandsIn(log: string): string[] {
  const commands: string[] = [];
  let resume: string | null = null;
  for (const line of log.split('\n')) {
    const [, name, value] = /^\s*::([\w-]+)(?: [^:]*)?::(.*)$/.exec(line) ?? [];
    if (resume !== null) {
      if (name === resume) resume = null;
    } else if (name === 'stop-commands') resume = value!;
    else if (name !== undefined || line.includes('##[')) commands.push(line);
  }
  return commands;
}

/** Runs the steps in order: after one that fails only those whose `if` says always(). */
export async function actAsRunner(given: Record<string, string>, machine: Job): Promise<Acted> {
  const files = mkdtempSync(join(tmpdir(), 'plugpull-runner-'));
  chmodSync(files, 0o777);
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, input]) => [name, given[name] ?? input.default ?? '']),
  );
  const stepOutputs: Record<string, Record<string, string>> = {};
  const context = (text: string): string =>
    text.replace(/\$\{\{ (\w+)\.([\w.-]+) \}\}/g, (_, root: string, path: string) => {
      if (root === 'inputs') return inputs[path] ?? '';
      const [id, , name] = path.split('.');
      if (root === 'steps') return stepOutputs[id!]?.[name!] ?? '';
      if (`${root}.${path}` === 'strategy.job-index') return '0';
      throw new Error(`an expression that this runner does not know: ${text}`);
    });
  const holds = (condition: string): boolean =>
    condition.split(' && ').every((part) => {
      const [, left, operator, right] = /^([\w.-]+) ([=!]=) '(.*)'$/.exec(part) ?? [];
      if (part === 'always()') return true;
      return (context(`\${{ ${left} }}`) === right) === (operator === '==');
    });
  const acted: Acted = { exitCode: 0, outputs: {}, log: '', summary: '', used: [], uploaded: [] };
  const file = (name: string): string => {
    const path = join(files, name);
    writeFileSync(path, '');
    chmodSync(path, 0o666);
    return path;
  };
  try {
    for (const step of action.runs.steps) {
      if (acted.exitCode !== 0 && !step.if?.includes('always()')) continue;
      if (step.if && !holds(step.if)) continue;
      const filled = (record: Record<string, string> = {}): Record<string, string> =>
        Object.fromEntries(Object.entries(record).map(([name, value]) => [name, context(value)]));
      if (step.uses) {
        const used = { uses: step.uses, with: filled(step.with) };
        acted.used.push(used);
        if (used.uses.startsWith('actions/upload-artifact@'))
          acted.uploaded = uploadedFiles(machine.cwd, used.with.path!);
        continue;
      }
      const [output, summary] = [file('output'), file('summary')];
      const { exitCode, all } = await execa(
        'bash',
        ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run!],
        {
          cwd: machine.cwd,
          env: {
            ...machine.env,
            ...filled(step.env),
            GITHUB_ACTION_PATH: checkout,
            GITHUB_OUTPUT: output,
            GITHUB_STEP_SUMMARY: summary,
            GITHUB_JOB: 'crash',
            RUNNER_TEMP: machine.temporary ?? files,
          },
          ...(machine.uid === undefined ? {} : { uid: machine.uid, gid: machine.uid }),
          all: true,
          reject: false,
          stdin: 'ignore',
        },
      );
      acted.log += `== ${step.name}\n${all}\n`;
      if (exitCode !== 0 && acted.exitCode === 0) acted.exitCode = exitCode ?? 1;
      acted.summary += readFileSync(summary, 'utf8');
      const said = readFileSync(output, 'utf8').split('\n').filter(Boolean);
      if (step.id)
        stepOutputs[step.id] = Object.fromEntries(
          said.map((line) => line.split(/=(.*)/s) as [string, string]),
        );
    }
    for (const [name, { value }] of Object.entries(action.outputs)) acted.outputs[name] = context(value);
    return acted;
  } finally {
    rmSync(files, { recursive: true, force: true });
  }
}
