/** One line of `kintsugi diagnose` as a case, or what is wrong with it: the field, its value, and what to do. */
import type { core } from 'zod';
import { Case } from '../diagnosis/case/case.ts';
import { InputError } from '../domain/errors.ts';

export interface ReadCase {
  question: Case;
  /** As it was given: a number stays one. */
  id: unknown;
}

/** InputError when the line is no case. */
export function readCase(text: string): ReadCase {
  const input = parsed(text);
  const { data, error } = Case.safeParse(input);
  if (data) return { question: data, id: (input as { id: unknown }).id };
  const [first, ...others] = error.issues;
  if (!first) throw new InputError('CASE_INVALID', 'it is no case; docs/diagnose.md shows what one holds');
  const more = others.length === 0 ? '' : ` (and ${others.length} more ${others.length === 1 ? 'field' : 'fields'})`;
  throw new InputError('CASE_INVALID', `${faultOf(first, input)}${more}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `the line is not JSON: ${why}; write one object a line, and null where there is no number`;
    throw new InputError('CASE_MALFORMED', message, { cause: error });
  }
}

function faultOf({ path, message }: core.$ZodIssue, input: unknown): string {
  const value = valueAt(input, path);
  const where = path.length === 0 ? 'the line' : pathText(path);
  const what = value === undefined ? 'is missing' : `is ${preview(value)}: ${message.replace(/^Invalid (input|option): /, '')}`;
  return `${where} ${what}; ${adviceFor(path)}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** `metrics[3].v[17]` */
function pathText(path: readonly PropertyKey[]): string {
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at === 0 ? '' : '.'}${String(key)}`)).join('');
}

const longest = 60;

function preview(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  // Infinity is what JSON makes of 1e999.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

const advice: Readonly<Record<string, string>> = {
  id: 'give each case a text or a number of its own',
  alert: 'give {node, metric, stat, at}',
  node: 'give the name of the node',
  at: 'give Unix seconds as a number',
  t: 'give Unix seconds as numbers',
  start: 'give Unix seconds as a number',
  v: 'give as many numbers as times, null where there is none',
  edges: 'give pairs [caller, callee]',
  kind: 'give commit, deploy, config or flag',
};

function adviceFor(path: readonly PropertyKey[]): string {
  const field = path.findLast((key) => typeof key === 'string' && Object.hasOwn(advice, key));
  return `${field === undefined ? 'mend it or leave it out' : advice[String(field)]} (docs/diagnose.md)`;
}
