/** From the text of the policy file to the policy, or to every fault of it with its line. Reads no file and keeps nothing. */
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import type { PolicySettings } from '../../policy/request.ts';
import { policyFileSchema } from './schema.ts';

export interface PolicyFileFault {
  /** Both from 1. */
  line: number;
  column: number;
  /** Where in the policy, as in `autonomy.default`; empty when the text is no YAML. */
  path: string;
  message: string;
}

export type ParsedPolicy = { policy: PolicySettings } | { faults: PolicyFileFault[] };

/** A policy is a page or two; more is another file by mistake. */
const mostCharacters = 256_000;

export function parsePolicy(text: string): ParsedPolicy {
  if (text.length > mostCharacters) return { faults: [{ ...start, message: `has more than ${mostCharacters} characters` }] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', stringKeys: true, prettyErrors: false });
  const unread = faultsOfText(document, lines);
  if (unread.length > 0) return { faults: unread };
  const parsed = policyFileSchema.safeParse(document.toJS());
  if (parsed.success) return { policy: parsed.data };
  return { faults: parsed.error.issues.flatMap((issue) => faultsOfIssue(issue, document, lines)).sort(byPlace) };
}

/** `policy.yaml:3:5: autonomy.default: …`, as compilers write it. */
export function faultLine(file: string, { line, column, path, message }: PolicyFileFault): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

const start = { line: 1, column: 1, path: '' };

function faultsOfText(document: Document.Parsed, lines: LineCounter): PolicyFileFault[] {
  const at = (offset: number, message: string) => ({ ...placeOf(offset, lines), path: '', message });
  const faults = [...document.errors, ...document.warnings].map(({ pos, message }) => at(pos[0], message));
  // Another version of YAML reads other values from the same words: `on` would be true.
  if (document.directives.yaml.explicit) faults.push({ ...start, message: 'a %YAML directive is not understood here' });
  visit(document, {
    Alias: (_, { range }) => void faults.push(at(range?.[0] ?? 0, 'an alias (*name) is not understood here: write the value out')),
    Scalar(key, { value, range }) {
      // Objects swallow it without a word.
      if (key === 'key' && value === '__proto__') faults.push(at(range?.[0] ?? 0, 'there is no setting __proto__'));
    },
  });
  if (faults.length === 0 && document.contents === null) faults.push({ ...start, message: 'there is nothing in it' });
  return faults;
}

type Issue = z.core.$ZodIssue;

function faultsOfIssue(issue: Issue, document: Document.Parsed, lines: LineCounter): PolicyFileFault[] {
  const faultAt = (path: readonly PropertyKey[], message: string): PolicyFileFault => ({
    ...placeOf(offsetOf(document, path), lines),
    path: path.map(String).join('.'),
    message,
  });
  if (issue.code !== 'unrecognized_keys') return [faultAt(issue.path, issue.message)];
  return issue.keys.map((key) => faultAt([...issue.path, key], 'there is no such setting'));
}

/** Where the path begins in the text; of a path that is not there, as far as it goes. */
function offsetOf({ contents }: Document.Parsed, path: readonly PropertyKey[]): number {
  let offset = contents?.range?.[0] ?? 0;
  let node: unknown = contents;
  for (const key of path) {
    const found = isMap<Node, Node>(node)
      ? node.items.find((pair) => isScalar(pair.key) && pair.key.value === String(key))
      : isSeq<Node>(node)
        ? { key: node.items[Number(key)], value: node.items[Number(key)] }
        : undefined;
    if (!found?.key) return offset;
    offset = found.key.range?.[0] ?? offset;
    node = found.value;
  }
  return offset;
}

function placeOf(offset: number, lines: LineCounter): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function byPlace(a: PolicyFileFault, b: PolicyFileFault): number {
  return a.line - b.line || a.column - b.column;
}
