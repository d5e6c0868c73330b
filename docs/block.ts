/** Generated text between the markers of a page. */

const close = '<!-- /generated -->';

/** The page with the block `<!-- generated:NAME --> … <!-- /generated -->` made anew; throws when it has none. `file` is for the message. */
export function withBlock(page: string, { block, text, file }: { block: string; text: string; file: string }): string {
  const open = `<!-- generated:${block} -->`;
  const start = page.indexOf(open);
  const end = page.indexOf(close, start);
  if (start < 0 || end < 0) throw new Error(`${file} has no block ${open} … ${close}`);
  return `${page.slice(0, start + open.length)}\n${text}\n${page.slice(end)}`;
}
