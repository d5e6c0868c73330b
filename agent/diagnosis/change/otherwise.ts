/** What no table of mechanisms knows: names that came or went where a change does not merely add to what stood there. */
import { type Code, type Finding, foundVaguely, leadsTo } from './mechanism.ts';

/** Markup, and lines whose only literal is a sentence: what is shown, not what is done. */
const shown = /^\s*<|^\s*[^"'`]*["'`][^"'`]*\s[^"'`]*["'`][^"'`]*$/;

export function doesOtherwise({ blocks, removed }: Code): Finding[] {
  const gone = new Set(removed);
  const before: string[] = [];
  const after: string[] = [];
  for (const block of blocks) {
    const lost = block.removed.filter((line) => gone.has(line) && !shown.test(line) && !block.added.some((other) => isPartOf(line, other)));
    if (lost.length === 0) continue;
    before.push(...lost.flatMap(namesIn));
    after.push(...block.added.filter((line) => !shown.test(line)).flatMap(namesIn));
  }
  const [had, has] = [new Set(before), new Set(after)];
  const changed = [...[...had].filter((name) => !has.has(name)), ...[...has].filter((name) => !had.has(name))];
  return foundVaguely('does something otherwise', changed, leadsTo([]));
}

/** All tokens of the one stand in the other in the same order: an argument, a field or a step was added. */
function isPartOf(line: string, other: string): boolean {
  const tokens = tokensOf(line);
  let at = 0;
  for (const token of tokensOf(other)) if (token === tokens[at]) at += 1;
  return at === tokens.length;
}

function tokensOf(line: string): string[] {
  return line.match(/[A-Za-z_]\w*|\d+|[<>=!&|+*/%-]/g) ?? [];
}

function namesIn(line: string): string[] {
  return line.match(/[A-Za-z_][\w.:-]*/g) ?? [];
}
