/** Text for Slack. What comes from plans, logs and labels may hold anything: none of it becomes a mention, a link or markup, and no secret is in it. */
import { withoutSecrets } from '../../domain/secret-text.ts';

// Control characters and those that turn the direction of writing would show another text than the one that is meant.
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** One line of plain text, shortened by whole characters, with Slack's three special characters as entities. */
export function escaped(text: string, maxCharacters = 500): string {
  return asEntities(cut(withoutSecrets(text).replaceAll(invisible, ' ').replaceAll(/\s+/g, ' ').trim(), maxCharacters));
}

function cut(line: string, maxCharacters: number): string {
  const characters = [...line];
  return characters.length > maxCharacters ? `${characters.slice(0, maxCharacters - 1).join('')}…` : line;
}

function asEntities(line: string): string {
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Slack refuses a block of more than 3,000 characters; room is left for a title. */
const maxBlock = 2_800;

/** A block in which nothing is formatted, a line for each text; what does not fit is left out. */
export function verbatim(lines: readonly string[]): string {
  return blockOf(lines.map((line) => escaped(line.replaceAll('`', "'")))).text;
}

/**
 * The same for what somebody is to agree to: blanks stay, for they may be a program's. Whole when nothing is left out, and nothing is in it that
 * cannot be seen; secrets do not count.
 */
export function verbatimAndWhole(lines: readonly string[], maxCharacters = 500): { text: string; isWhole: boolean } {
  const meant = lines.map(withoutSecrets);
  const seen = meant.map((line) => cut(line.replaceAll(invisible, ' '), maxCharacters));
  const { text, isWhole } = blockOf(seen.map((line) => asEntities(line.replaceAll('`', "'"))));
  return { text, isWhole: isWhole && seen.every((line, index) => line === meant[index]) };
}

function blockOf(lines: readonly string[]): { text: string; isWhole: boolean } {
  let inside = '';
  for (const line of lines) {
    const next = `${inside === '' ? '' : '\n'}${line}`;
    if (inside.length + next.length > maxBlock) return { text: `\`\`\`${inside}\n…\`\`\``, isWhole: false };
    inside += next;
  }
  return { text: `\`\`\`${inside}\`\`\``, isWhole: true };
}

/** Shown in the reader's own time zone. */
export function dateOf(iso: string): string {
  return `<!date^${Math.floor(Date.parse(iso) / 1000)}^{date_short_pretty} {time}|${escaped(iso)}>`;
}
