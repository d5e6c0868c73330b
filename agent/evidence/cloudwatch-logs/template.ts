/** What kind of message a line is: the line with everything that varies replaced by `<*>`. Linear in the line, whose length is capped first. */
import { cleanText } from '../answer.ts';

const maxLength = 2_000;
const variable = '<*>';

/** In order: what holds numbers and quotes itself goes first. No pattern here can match one character in two ways. */
const varying: readonly RegExp[] = [
  /\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'<>]+/gi,
  /"[^"]*"/g,
  /(?<!\w)'[^']*'(?!\w)/g,
  /`[^`]*`/g,
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
  /\b0x[0-9a-f]+\b/gi,
  /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/gi,
  // Ids: eight and more letters and digits with at least one digit among them.
  /\b(?=[a-z_]*[0-9])[a-z0-9_]{8,}\b/gi,
  // Numbers, with what joins them to times, addresses and versions; a digit inside a word (`p95`) stays.
  /(?<![a-z_0-9])\d+(?:[.:,]\d+)*/gi,
];

/** `<*>, <*> <*>` reads as one, or lists of different lengths would be different kinds. */
const repeated = /<\*>(?:[ ,;]+<\*>)+/g;

export function templateOf(text: string): string {
  let template = cleanText(text, maxLength);
  for (const pattern of varying) template = template.replace(pattern, variable);
  return template.replace(repeated, variable).replace(/ {2,}/g, ' ');
}
