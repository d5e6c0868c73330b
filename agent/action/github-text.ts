/**
 * Words for pull requests and issues. What strangers wrote (log lines, alert names, commit messages, file names) stands in fenced blocks only,
 * and even there holds nothing that GitHub would act on: no mention, reference, link, closing word or CI word. The fence keeps it from being
 * markup; the rest counts once somebody squashes the text into a commit message, where a fence means nothing.
 */
import { createHash } from 'node:crypto';
import { cleanText } from '../evidence/answer.ts';
import { withoutSecrets } from '../evidence/secret-text.ts';

/** Breaks a word without being seen; copied text reads the same. */
const gap = '\u200b';
const fence = '```';

/** A stranger's words as one harmless line of at most about `maxLength` characters. */
export function strangersLine(text: string, maxLength: number): string {
  return withoutSecrets(cleanText(text, maxLength))
    .replace(/[@#[\]<]|GH-(?=\d)|www(?=\.)|:(?=\/\/)|`(?=`)/gi, (sign) => `${sign}${gap}`)
    .trimEnd();
}

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
