import { type ScenarioInput, scenario } from '../scenario/schema/scenario.js';
import { UsageError } from '../verdict/errors.js';
import { camelWord, snakeCased } from './camel-case.js';
import type { CrashTestOptions } from './options.js';
import type { Programs } from './programs.js';

/** The scenario that a crash test stands for. @throws UsageError naming the option, what was expected and what came */
export function scenarioOf(programs: Programs, options: Omit<CrashTestOptions, 'signal'>): ScenarioInput {
  const {
    setup,
    timeout,
    env,
    exitCodes,
    user,
    terminal,
    storage,
    require: _,
    out: __,
    lanes: ___,
    calibrate: ____,
    ...keys
  } = options;
  const { name, run, ackStdout, checker } = programs;
  const given = snakeCased(keys) as Partial<ScenarioInput>;
  const input = {
    name,
    ...given,
    workload: withoutUndefined({ run, setup, timeout, env, exit_codes: exitCodes, user, terminal }),
    ...(ackStdout === null ? {} : { ack: { stdout: ackStdout } }),
    ...(checker === null || given.checker ? {} : { checker: { run: checker, persistent: true } }),
    ...(storage === undefined ? {} : { storage: storage.map(storageOf) }),
  };
  const parsed = scenario.safeParse(input);
  if (parsed.success) return input as ScenarioInput;
  const [issue] = parsed.error.issues;
  const path = issue!.code === 'unrecognized_keys' ? [...issue!.path, ...issue!.keys] : issue!.path;
  const option = path.map((part) => camelWord(String(part))).join('.');
  throw new UsageError(`option ${option || 'name'}: ${issue!.message}`);
}

function storageOf(storage: NonNullable<CrashTestOptions['storage']>[number]): unknown {
  return typeof storage === 'string' ? { fs: storage } : snakeCased(storage);
}

function withoutUndefined(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
