/**
 * Words for pull requests and issues. What strangers wrote stands in fenced blocks only, which keeps it from being markup; that it holds nothing
 * GitHub would act on counts once somebody squashes the text into a commit message, where a fence means nothing.
 */
import { createHash } from 'node:crypto';
import { strangersLine } from '../../evidence/strangers-text.ts';

const fence = '```';

/** Lines of strangers, each cut, as one block that nothing in them can end. */
export function fenced(lines: readonly string[], maxLength: number): string {
  const shown = lines.map((line) => strangersLine(line, maxLength)).filter((line) => line !== '');
  return [`${fence}text`, ...(shown.length > 0 ? shown : ['(nothing)']), fence].join('\n');
}

/** Recognises what we wrote before, on the first line of a text and nowhere else: a stranger's words never get there. */
export function marker(kind: string, ...names: readonly string[]): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([kind, ...names]))
    .digest('hex');
  return `<!-- kintsugi ${kind} ${digest.slice(0, 24)} -->`;
}

export function firstLineOf(body: string | null): string {
  return (body ?? '').split(/\r?\n/, 1)[0] ?? '';
}
