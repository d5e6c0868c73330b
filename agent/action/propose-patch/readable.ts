/** The lines of an edit as a person reads them before agreeing: whole, and with every blank that a channel would swallow made visible. */
import { findSecrets } from '../../domain/secret-text.ts';
import { cleanText } from '../../evidence/answer.ts';
import { strangersLine } from '../../evidence/strangers-text.ts';

/** One passage as people read it: whole lines, without those that stay. */
export interface Hunk {
  path: string;
  /** From 1, in the file before. */
  line: number;
  removed: string[];
  added: string[];
}

/** Longer lines are refused, so that no channel has to cut one. */
const maxLineCharacters = 200;
/** What stands for blanks in the text for people. */
const blankSigns = /[·→]/;
/** More of them behind a word hide what follows. Before the first word they are indentation. */
const hidingBlanks = /\S\s{20}/;
/** Each sign of a line may become two; see `strangersLine`. */
const maxShown = 3 * maxLineCharacters;

/** Why people could not see all of it, as the end of a sentence; null when they can. */
export function unreadable(hunks: readonly Hunk[]): string | null {
  const lines = hunks.flatMap(({ removed, added }) => [...removed, ...added]);
  if (lines.some((line) => line.length > maxLineCharacters)) return `change a line of more than ${maxLineCharacters} characters`;
  if (lines.some((line) => blankSigns.test(line))) return 'change a line that holds · or →, which stand for blanks where people read it';
  if (lines.some((line) => findSecrets(shown(line)).length > 0)) return 'change a line of which a part would be hidden as a secret';
  return hunks.some(({ added }) => added.some((line) => hidingBlanks.test(line)))
    ? 'write a line with a gap that hides what follows'
    : null;
}

/** Cleaned as everything that strangers wrote: it is shown in chats and on terminals. */
export function hunkForPeople({ path, line, removed, added }: Hunk): Record<string, unknown> {
  return { file: cleanText(path, 160), line, removed: removed.map(shown), added: added.map(shown) };
}

function shown(line: string): string {
  return strangersLine(withBlanks(line), maxShown);
}

/**
 * Channels trim lines and make one blank of several, and show as a blank what `strangersLine` writes behind a sign: a dot for each blank that could
 * be lost or taken for that, an arrow for each tab.
 */
function withBlanks(line: string): string {
  const dotted = line.replace(/^ +| +$| {2,}|(?<=[@#[\]<`:]|GH-|www) /gi, (blanks) => '·'.repeat(blanks.length));
  return dotted.replaceAll('\t', '→');
}
