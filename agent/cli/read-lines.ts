/** Lines of a byte stream, one at a time, whatever the chunks are: memory holds one line at most, and of one that is too long nothing. */

export interface Line {
  /** From 1. */
  number: number;
  /** Without its line ending and without a byte order mark; null when the line is longer than allowed. */
  text: string | null;
  bytes: number;
}

const newline = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = '\uFEFF';

export async function* readLines(chunks: AsyncIterable<Uint8Array>, mostBytes: number): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let number = 1;
  const keep = (part: Uint8Array) => {
    bytes += part.length;
    if (bytes > mostBytes) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  const finish = (): Line => {
    const line = { number, text: bytes > mostBytes ? null : textOf(parts, number === 1), bytes };
    parts = [];
    bytes = 0;
    number += 1;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      keep(chunk.subarray(from, at));
      yield finish();
      from = at + 1;
    }
    keep(chunk.subarray(from));
  }
  if (bytes > 0) yield finish();
}

function textOf(parts: readonly Uint8Array[], isFirst: boolean): string {
  const whole = parts.length === 1 && parts[0] ? Buffer.from(parts[0].buffer, parts[0].byteOffset, parts[0].length) : Buffer.concat(parts);
  const end = whole.at(-1) === carriageReturn ? whole.length - 1 : whole.length;
  const text = whole.toString('utf8', 0, end);
  return isFirst && text.startsWith(byteOrderMark) ? text.slice(1) : text;
}
