/** What a schema has against a value: of each place what was expected there and what was found, in words of our own. */
import type { z } from 'zod';
import { guess, knownKeys } from './guess.js';

export interface Problem {
  path: PropertyKey[];
  /** Goes on from `expected`. */
  expected: string;
  found: unknown;
  /** `: did you mean ext4?`, or nothing. */
  guess: string;
}

/** More than a person reads, at once, of what is wrong. */
const mostProblems = 20;
/** More than a person reads in a sentence: the page of the scenario file has them all. */
const mostKeys = 12;

/** One a place; how many more there are. */
export function problemsOf(
  error: z.ZodError,
  input: unknown,
  schema: z.ZodType,
): { told: Problem[]; untold: number } {
  const byPlace = new Map<string, z.core.$ZodIssue>();
  for (const issue of error.issues.flatMap(plainIssues).flatMap(oneKeyEach)) {
    // Of several the last: the narrowest bound.
    const key = issue.code === 'unrecognized_keys' ? issue.keys : [];
    byPlace.set(JSON.stringify([...issue.path, ...key].map(String)), issue);
  }
  const told = [...byPlace.values()].slice(0, mostProblems).map((issue) => problem(issue, input, schema));
  return { told, untold: byPlace.size - told.length };
}

function oneKeyEach(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ ...issue, keys: [key] })) : [issue];
}

/** The same in one line. */
export function problemsText(error: z.ZodError, input: unknown, schema: z.ZodType): string {
  const { told, untold } = problemsOf(error, input, schema);
  return [...told.map(problemText), ...(untold > 0 ? [`${untold} more`] : [])].join('; ');
}

/** `explore.budget: expected ..., got ...`. */
export function problemText({ path, expected, found, guess }: Problem): string {
  const place = path.length === 0 ? '' : `${keyName(path)}: `;
  return `${place}expected ${expected}, got ${shownValue(found)}${guess}`;
}

/** On one line, whatever a hostile file calls its keys. */
export function keyName(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (/^[\w-]+$/.test(String(part)) ? String(part) : shownValue(String(part))))
    .join('.');
}

export function shownValue(value: unknown): string {
  if (typeof value === 'number') return String(value);
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    return 'something that contains itself';
  }
  if (text === undefined) return 'nothing';
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

function problem(issue: z.core.$ZodIssue, input: unknown, schema: z.ZodType): Problem {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const path = [...issue.path, key];
    const likely = guess(issue, key, schema);
    const known = likely ? [] : knownKeys(schema, issue.path);
    return { path, expected: aKeyOf(known), found: key, guess: likely };
  }
  const found = valueAt(input, issue.path);
  return { path: [...issue.path], expected: expectedBy(issue), found, guess: guess(issue, found, schema) };
}

function aKeyOf(known: readonly string[]): string {
  return known.length > 0 && known.length <= mostKeys ? `one of the keys ${known.join(', ')}` : 'a known key';
}

/** Of alternatives what each of them expected. */
function plainIssues(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || ownWords(issue) !== null) return [issue];
  // An alternative that fails only deeper down is the one that was meant.
  const meant = issue.errors.find(
    (branch) => branch.length > 0 && branch.every(({ path }) => path.length > 0),
  );
  if (meant) return meant.flatMap((inner) => plainIssues({ ...inner, path: [...issue.path, ...inner.path] }));
  const expected = issue.errors
    .flat()
    .flatMap(plainIssues)
    .map((inner) => expectedBy(inner));
  // One of one of, and one of, are one of all.
  const words = [...new Set(expected)].join(' or ').replaceAll(' or one of ', ', ');
  return [{ ...issue, message: `expected ${words}` }];
}

/** What a schema says itself, behind `expected`. */
function ownWords({ message }: z.core.$ZodIssue): string | null {
  return /^expected (.*)$/s.exec(message)?.[1] ?? null;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
  null: 'nothing',
};

function expectedBy(issue: z.core.$ZodIssue): string {
  const own = ownWords(issue);
  if (own !== null) return own;
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1
        ? String(issue.values[0])
        : `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return atLeast(issue);
    case 'too_big':
      return atMost(issue);
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    default:
      return issue.message;
  }
}

function atLeast({ origin, minimum, inclusive }: z.core.$ZodIssueTooSmall): string {
  if (origin === 'array') return `a list of at least ${minimum}`;
  if (origin === 'string') return `text of at least ${minimum} characters`;
  return inclusive ? `a number from ${minimum}` : `a number above ${minimum}`;
}

function atMost({ origin, maximum, inclusive }: z.core.$ZodIssueTooBig): string {
  if (origin === 'array') return `a list of at most ${maximum}`;
  if (origin === 'string') return `text of at most ${maximum} characters`;
  return inclusive ? `a number up to ${maximum}` : `a number below ${maximum}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined | null)?.[key],
    value,
  );
}
