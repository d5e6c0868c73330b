/**
 * What strangers wrote (log lines, alert names, commit messages, file names), made fit to stand in text for people: one line, no secret, and
 * nothing a reader of Markdown, a commit message or a chat would act on: no mention, reference, link, tag, closing word or CI word.
 */
import { cleanText } from './answer.ts';

/** Breaks a word without being seen; copied text reads the same. */
const gap = '\u200b';

/** A stranger's words as one harmless line of at most about `maxLength` characters. */
export function strangersLine(text: string, maxLength: number): string {
  return cleanText(text, maxLength)
    .replace(/[@#[\]<]|GH-(?=\d)|www(?=\.)|:(?=\/\/)|`(?=`)/gi, (sign) => `${sign}${gap}`)
    .trimEnd();
}
