import type { Input, KeyOption, KeyOptions } from './key-option.js';

/** The values of options as the command line gave them. */
export type OptionValues = { [name: string]: unknown };

/**
 * Lays the values of options over a scenario, or another input with storages, that was not checked yet, and returns it.
 *
 * @throws UsageError naming the option
 */
export function applyOptions(options: KeyOptions, values: OptionValues, input: Input): Input {
  // Whatever is given of a storage needs one to be about; `fs` makes them anew, and comes first among those.
  if (values.fs === undefined) input.storage ??= [{}];
  for (const [name, option] of Object.entries(options)) {
    const value = values[name];
    if (value !== undefined) lay(read(option, value, name), option, input);
  }
  // A live run loses power for real, unless the method says otherwise.
  if (values.engine === 'live') for (const storage of input.storage as Input[]) storage.method ??= 'power';
  return input;
}

function read(option: KeyOption, value: unknown, name: string): unknown {
  return option.read ? (option.read as (value: unknown, name: string) => unknown)(value, name) : value;
}

function lay(value: unknown, { key, over }: KeyOption, input: Input): void {
  const [whole, ofEach] = key.split('[].') as [string, string?];
  if (ofEach === undefined) set(input, whole, value, over);
  else for (const one of input[whole] as Input[]) set(one, ofEach, value, over);
}

function set(input: Input, path: string, value: unknown, over: true | undefined): void {
  const above = path.split('.');
  const key = above.pop()!;
  let at = input;
  for (const name of above) {
    at[name] ??= {};
    at = at[name] as Input;
  }
  at[key] = over ? { ...(at[key] as Input | undefined), ...(value as Input) } : value;
}
