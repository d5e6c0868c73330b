/** Removed and added lines that belong together: they differ only in what a mask hides. */
import type { Diff } from './diff.ts';

export interface Pair {
  before: string;
  after: string;
}

export function pairs({ removed, added }: Pick<Diff, 'removed' | 'added'>, mask: (line: string) => string): Pair[] {
  const form = (line: string): string => mask(line).replace(/\s+/g, '');
  const waiting = new Map<string, string[]>();
  for (const line of removed) {
    const same = waiting.get(form(line));
    if (same) same.push(line);
    else waiting.set(form(line), [line]);
  }
  // From the end, where taking one costs nothing; which of equal lines meets which tells nothing.
  for (const same of waiting.values()) same.reverse();
  return added.flatMap((after) => {
    const before = waiting.get(form(after))?.pop();
    return before === undefined ? [] : [{ before, after }];
  });
}
