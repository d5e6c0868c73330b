/** Words for Markdown: what strangers wrote (alert names, log lines, commit messages) is only ever text, wherever the report is pasted. */
import { strangersLine } from '../evidence/strangers-text.ts';

const markup = /[!-/:-@[-`{-~]/g;

/** One line of text, at most about `maxLength` characters, without markup, links, mentions or secrets. CommonMark: a backslash takes any punctuation its meaning. */
export function text(words: string, maxLength = 1_000): string {
  return strangersLine(words, maxLength).replace(markup, (sign) => (readable.has(sign) ? sign : `\\${sign}`));
}

/** Punctuation that means nothing in the middle of a line, or not without what is escaped: on a terminal the text should read as it is. */
const readable = new Set([...',;:/%\'"?=.-+(){}^']);

/** A table; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}
