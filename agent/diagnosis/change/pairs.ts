/** Removed and added lines that belong together: they differ only in what a mask hides. */
import type { Diff } from './diff.ts';

export interface Pair {
  before: string;
  after: string;
}

export function pairs({ removed, added }: Pick<Diff, 'removed' | 'added'>, mask: (line: string) => string): Pair[] {
  const form = (line: string): string => mask(line).replace(/\s+/g, '');
  const waiting = new Map<string, string[]>();
  for (const line of removed) waiting.set(form(line), [...(waiting.get(form(line)) ?? []), line]);
  return added.flatMap((after) => {
    const before = waiting.get(form(after))?.shift();
    return before === undefined ? [] : [{ before, after }];
  });
}
