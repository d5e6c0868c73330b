/** Text for Slack. What comes from plans, logs and labels may hold anything: none of it becomes a mention, a link or markup, and no secret is in it. */
import { withoutSecrets } from '../../domain/secret-text.ts';

// Control characters and those that turn the direction of writing would show another text than the one that is meant.
const invisible = /[\p{Cc}\p{Cf}]+/gu;

/** One line of plain text, shortened by whole characters, with Slack's three special characters as entities. */
export function escaped(text: string, maxCharacters = 500): string {
  const line = withoutSecrets(text).replaceAll(invisible, ' ').replaceAll(/\s+/g, ' ').trim();
  const characters = [...line];
  const short = characters.length > maxCharacters ? `${characters.slice(0, maxCharacters - 1).join('')}…` : line;
  return short.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Slack refuses a block of more than 3,000 characters; room is left for a title. */
const maxBlock = 2_800;

/** A block in which nothing is formatted, a line for each text; what does not fit is left out. */
export function verbatim(lines: readonly string[]): string {
  let inside = '';
  for (const line of lines) {
    const next = `${inside === '' ? '' : '\n'}${escaped(line.replaceAll('`', "'"))}`;
    if (inside.length + next.length > maxBlock) return `\`\`\`${inside}\n…\`\`\``;
    inside += next;
  }
  return `\`\`\`${inside}\`\`\``;
}

/** Shown in the reader's own time zone. */
export function dateOf(iso: string): string {
  return `<!date^${Math.floor(Date.parse(iso) / 1000)}^{date_short_pretty} {time}|${escaped(iso)}>`;
}
