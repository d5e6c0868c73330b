/** What kind of message a line is: the line with everything that varies replaced by `<*>`. Linear in the line, whose length is capped first. */
import { cleanText } from './answer.ts';

const maxLength = 2_000;
const variable = '<*>';

/** What may hold blanks, in order. No pattern here can match one character in two ways. */
const varying: readonly RegExp[] = [
  /\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'<>]+/gi,
  /"[^"]*"/g,
  /(?<!\w)'[^']*'(?!\w)/g,
  /`[^`]*`/g,
  /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/gi,
];

/** Words with what joins them to ids, addresses, paths, dates and versions. */
const word = /[\w@#%+~./:-]+/g;
/** A number with its unit, or a short name with a digit in it (`12ms`, `p95`): only the number varies, if anything. */
const leadingNumber = /^-?\d+(?:[.:]\d+)*(?=[a-z%]{0,3}$)/i;
const shortName = /^[a-z][a-z_]*\d{1,2}$/i;

/** `<*>, <*> <*>` reads as one, or lists of different lengths would be different kinds. */
const repeated = /<\*>(?:[ ,;]+<\*>)+/g;

export function templateOf(text: string): string {
  let template = cleanText(text, maxLength);
  for (const pattern of varying) template = template.replace(pattern, variable);
  template = template.replace(word, wordTemplate);
  return template.replace(repeated, variable).replace(/ {2,}/g, ' ');
}

/** Machines put digits into what they count or name; people rarely do. */
function wordTemplate(token: string): string {
  let end = token.length;
  while (end > 0 && '.:/-'.includes(token.charAt(end - 1))) end -= 1;
  const body = token.slice(0, end);
  if (!/\d/.test(body) || shortName.test(body)) return token;
  const number = leadingNumber.exec(body)?.[0];
  return `${variable}${number === undefined ? '' : body.slice(number.length)}${token.slice(end)}`;
}
