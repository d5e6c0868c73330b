/** A diff as blocks of removed and added lines, without what only moved, was re-indented or is comment. Reads unified diffs and fragments of them. */

export interface DiffLine {
  sign: '+' | '-' | ' ';
  /** Code without trailing comment; indentation kept. */
  code: string;
}

export interface Block {
  removed: string[];
  added: string[];
}

export interface Diff {
  /** Runs of changed lines as they stand, for questions of "replaced or just removed". */
  blocks: Block[];
  /** Lines that are gone from, or came to, the whole change, once moved and re-indented ones are cancelled. */
  removed: string[];
  added: string[];
  /** Every line in order, comments dropped: for questions of "inside what". */
  lines: DiffLine[];
  /** Unchanged lines and hunk headings. */
  context: string;
  comments: string;
}

/** More of one diff is not read: a generated file must not cost more than it tells. */
const mostLines = 1500;
const longestLine = 400;

export function parseDiff(text: string): Diff {
  const lines: DiffLine[] = [];
  const comments: string[] = [];
  const context: string[] = [];
  for (const raw of text.split('\n', mostLines)) {
    const line = raw.slice(0, longestLine);
    if (/^(?:--- |\+\+\+ |diff |index |new file|deleted file|similarity|rename )/.test(line)) continue;
    if (line.startsWith('@@')) {
      context.push(line);
      lines.push({ sign: ' ', code: '' });
      continue;
    }
    const sign = line.startsWith('+') ? '+' : line.startsWith('-') ? '-' : ' ';
    const code = line.slice(sign === ' ' && !line.startsWith(' ') ? 0 : 1);
    if (isComment(code)) {
      if (sign !== ' ') comments.push(code);
      continue;
    }
    if (sign === ' ') context.push(code);
    lines.push({ sign, code: code.replace(/\s+(?:\/\/|#)\s.*$/, '') });
  }
  const removed = lines.filter(({ sign }) => sign === '-').map(({ code }) => code);
  const added = lines.filter(({ sign }) => sign === '+').map(({ code }) => code);
  return {
    blocks: blocksOf(lines),
    removed: without(removed, added),
    added: without(added, removed),
    lines,
    context: context.join('\n'),
    comments: comments.join('\n'),
  };
}

function isComment(code: string): boolean {
  return /^\s*(?:\/\/|#(?![a-z]*(?:include|define|if|pragma))\s|#$|\*|\/\*|--\s|<!--|"""|''')/.test(code);
}

function blocksOf(lines: readonly DiffLine[]): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let last: DiffLine['sign'] = ' ';
  for (const { sign, code } of lines) {
    if (sign === ' ') open = undefined;
    else {
      // "-" after "+" opens the next pair: fragments often list several replaced lines without context between them.
      if (!open || (sign === '-' && last === '+')) {
        open = { removed: [], added: [] };
        blocks.push(open);
      }
      (sign === '-' ? open.removed : open.added).push(code);
    }
    last = sign;
  }
  return blocks;
}

/** The form in which two lines are the same code. */
export function plain(code: string): string {
  return code.replace(/\s+/g, '').replace(/[,;]$/, '');
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const other of others) left.set(plain(other), (left.get(plain(other)) ?? 0) + 1);
  return lines.filter((line) => {
    const key = plain(line);
    const count = left.get(key) ?? 0;
    if (count > 0) left.set(key, count - 1);
    return count === 0 && key !== '' && !/^[{}()[\]]+$/.test(key);
  });
}
