/** Finds what looks secret in texts of strangers, so that it is never written down: settings of tasks, lines of diffs. Rather too much than too little. */

const hidden = '***';

/** Of variables and settings. */
const secretName =
  /pass|pwd|secret|token|key|credential|private|auth|dsn|conn|salt|webhook|hmac|jwt|bearer|cookie|sign|cert|licen[cs]e|seed|(?:^|[_-])(?:pat|sas|pin)(?:$|[_-])/i;

/** What issuers make recognisable on purpose, user information in URLs, signed URLs, and hooks whose address is the credential. */
const secretShapes = [
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/,
  /\b(?:sk|pk|rk)_(?:live|test)_\w{6,}/,
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|npm_|sk-)[\w-]{10,}/,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\beyJ[\w-]{8,}\.[\w-]{4,}/,
  /:\/\/[^/\s@"']{1,200}@/,
  /[?&](?:sig|signature|token|key|password|secret|code|x-amz-signature)=[^&\s"']{4,}/i,
  /hooks\.slack\.com\/services\/\S+/i,
];
/** `Password=…;` of connection strings, `--token …` of command lines, also where the words are items of a list. */
const namedInText =
  /(?:\b|[_-])(?:password|passwd|pwd|secret|token|api[-_]?key|account[-_]?key|access[-_]?key)["']?(?:\s*[=:]\s*|["'],\s*["']|\s+)["']?[^\s"',;]{3,}/i;
const token = /[\w+-]{32,}/g;

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** Also what mixes so many letters of both cases and digits that nobody chose it as a name. */
export function looksSecret(value: string): boolean {
  if (secretShapes.some((shape) => shape.test(value)) || namedInText.test(value)) return true;
  return value.match(token)?.some((word) => /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word)) ?? false;
}

const everyShape = secretShapes.map((shape) => new RegExp(shape, `${shape.flags}g`));
/** A text in quotes behind a name that says what it is: `apiKey: 'abc123'`, `DB_PASSWORD="abc123"`. */
const quotedValue =
  /((?:password|passwd|pwd|secret|token|api[-_]?key|private[-_]?key|access[-_]?key)\w{0,30}["']?\s{0,5}[:=]\s{0,5})(["'])[^"'\s]{4,}\2/gi;

/** One line of code with its secrets masked; the code around them stays, for it is what tells. */
export function withoutSecrets(line: string): string {
  const unquoted = line.replace(quotedValue, (_, name: string, quote: string) => `${name}${quote}${hidden}${quote}`);
  return everyShape.reduce((text, shape) => text.replace(shape, hidden), unquoted);
}
