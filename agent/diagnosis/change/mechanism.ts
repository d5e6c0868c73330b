/** What a mechanism is: a way in which a diff can hurt, found by looking at code, with the kinds of trouble it leads to. */
import type { Family } from '../symptom/families.ts';
import type { Diff } from './diff.ts';

/** How well the mechanism explains each kind of trouble, 0..1. What is not named it does not explain. */
export type Explains = ReadonlyMap<Family, number>;

export interface Finding {
  /** What the diff does, as half a sentence. */
  what: string;
  /** The lines that do it. */
  lines: string[];
  explains: Explains;
  /** Many a harmless change looks like this: without words in common with the symptoms it counts little. */
  isVague: boolean;
  /** A message says that it is done; nobody has seen how. */
  isTold?: true;
}

export interface Code extends Diff {
  files: readonly string[];
}

export type Mechanism = (code: Code) => Finding[];

/** Three levels are all that can be said by principle: it leads there of itself, often, or sometimes. */
export function leadsTo(always: readonly Family[], often: readonly Family[] = [], sometimes: readonly Family[] = []): Explains {
  return new Map([
    ...sometimes.map((family) => [family, 0.5] as const),
    ...often.map((family) => [family, 0.8] as const),
    ...always.map((family) => [family, 1] as const),
  ]);
}

/** One finding if there are lines, else none. */
export function found(what: string, lines: readonly string[], explains: Explains): Finding[] {
  return lines.length > 0 ? [{ what, lines: [...lines], explains, isVague: false }] : [];
}

export function foundVaguely(what: string, lines: readonly string[], explains: Explains): Finding[] {
  return found(what, lines, explains).map((finding) => ({ ...finding, isVague: true }));
}

/**
 * Lines of `one` that match, if there are more of them than in `other` and what matched is not there at all: a guard that was rewritten, or
 * broken over two lines, is not a guard that was removed.
 */
export function surplus(one: readonly string[], other: readonly string[], pattern: RegExp): string[] {
  const here = one.filter((line) => pattern.test(line));
  const there = other.filter((line) => pattern.test(line));
  if (here.length <= there.length) return [];
  const matched = (line: string): string => pattern.exec(line)?.[0].toLowerCase().replace(/\s+/g, '') ?? '';
  const kept = new Set(there.map(matched));
  return here.filter((line) => !kept.has(matched(line)));
}

/** A mechanism of lines that are gone. */
export function gone(what: string, pattern: RegExp, explains: Explains): Mechanism {
  return ({ removed, added }) => found(what, surplus(removed, added, pattern), explains);
}

/** A mechanism of lines that came. */
export function came(what: string, pattern: RegExp, explains: Explains): Mechanism {
  return ({ removed, added }) => found(what, surplus(added, removed, pattern), explains);
}

/** A mechanism of something that is spoken of both before and after: it is done another way. */
export function redone(what: string, pattern: RegExp, explains: Explains): Mechanism {
  return ({ removed, added }) => {
    const [before, after] = [removed.filter((line) => pattern.test(line)), added.filter((line) => pattern.test(line))];
    return before.length > 0 && after.length > 0 ? found(what, [...before, ...after], explains) : [];
  };
}
