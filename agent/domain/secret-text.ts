/** Takes what looks secret out of texts, so that it is never written down, shown or sent. Rather too much than too little. */
import { asRead } from './look-alikes.ts';
import { secretField, secretName, secretShapes, shortestIssued, signOfIssued, signsOfNamed, wordsOfNamed } from './secret-shapes.ts';

export const hidden = '***';

export interface FoundSecret {
  kind: string;
  /** Where it stands in the text, UTF-16 units. */
  from: number;
  to: number;
}

/** `pwd=a1` */
const shortestSecret = 6;

/** In order and apart; also where letters only look like those of a secret, or stand with unseen ones between them. */
export function findSecrets(text: string): FoundSecret[] {
  if (text.length < shortestSecret) return [];
  const { text: read, origin } = asRead(text);
  const runs = longRuns(read);
  const holdsShape = isNamed(read) || runs.some(isIssued);
  const mayBeRandom = runs.some((run) => run.length >= shortestRandom && hasAllClasses(run));
  if (!holdsShape && !mayBeRandom) return [];
  const found = [...(holdsShape ? byShape(read) : []), ...(mayBeRandom ? randomRuns(read) : [])];
  return apart(found.map(({ kind, from, to }) => ({ kind, from: origin(from), to: origin(to) })));
}

/** The text around a secret stays, for it is what tells. */
export function withoutSecrets(text: string): string {
  const found = findSecrets(text);
  if (found.length === 0) return text;
  let kept = '';
  let at = 0;
  for (const { from, to } of found) {
    kept += text.slice(at, from) + hidden;
    at = to;
  }
  return kept + text.slice(at);
}

/** A copy of plain data with its texts cleared, and those fields whose name says that they hold a secret. */
export function withoutSecretsIn<Value>(data: Value): Value {
  return cleared(data) as Value;
}

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

const longRun = /[\w+-]{32,}/g;

/** Of a setting's value: also what mixes so many letters of both cases and digits that nobody chose it as a name. */
export function looksSecret(value: string): boolean {
  if (findSecrets(value).length > 0) return true;
  return value.match(longRun)?.some((run) => hasAllClasses(run)) ?? false;
}

function cleared(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (Array.isArray(value)) return value.map(cleared);
  if (!isPlainObject(value)) return value;
  const isNamed = 'name' in value && 'value' in value && typeof value.name === 'string' && isSecretName(value.name);
  // Without a prototype: no field in it means anything but itself.
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [field, held] of Object.entries(value)) {
    const isSecret = typeof held === 'string' && held !== '' && (secretField.test(field) || (isNamed && field === 'value'));
    copy[withoutSecrets(field)] = isSecret ? hidden : cleared(held);
  }
  return copy;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function isNamed(text: string): boolean {
  return wordsOfNamed.test(text.toLowerCase()) && signsOfNamed.some((sign) => sign.test(text));
}

const isPlainId = (run: string) => /^[0-9a-f:.TZ-]+$/.test(run);
const isIssued = (run: string) => !isPlainId(run) && signOfIssued.test(run);

const inRun = new Uint8Array(128);
for (const sign of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/=.~$:-') inRun[sign.charCodeAt(0)] = 1;

/** Stretches of at least `shortestIssued` characters of which secrets are made: one of every so many characters has to be in any. */
function longRuns(text: string): string[] {
  const runs: string[] = [];
  for (let at = shortestIssued - 1; at < text.length; at += shortestIssued) {
    if (inRun[text.charCodeAt(at)] !== 1) continue;
    let from = at;
    while (inRun[text.charCodeAt(from - 1)] === 1) from -= 1;
    while (inRun[text.charCodeAt(at + 1)] === 1) at += 1;
    if (at + 1 - from >= shortestIssued) runs.push(text.slice(from, at + 1));
  }
  return runs;
}

function byShape(text: string): FoundSecret[] {
  const found: FoundSecret[] = [];
  for (const { kind, shape } of secretShapes) {
    for (const match of text.matchAll(shape)) {
      const to = match.index + match[0].length;
      found.push({ kind, from: match.index + (match[1]?.length ?? 0), to });
    }
  }
  return found;
}

/** Letters and digits as no person would mix them; base64 as well. */
const run = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}/g;
const hexadecimal = /^(?:[0-9a-f]+|[0-9A-F]+)$/;
/** Tools put it behind the names they make. */
const nameSuffix = /[0-9A-F]{8}$/;
const shortestRandom = 24;
/** Of letters and digits drawn at random 62 % of neighbours are of different classes; of words written together about 25 %. */
const randomChanges = 0.47;

function randomRuns(text: string): FoundSecret[] {
  const found: FoundSecret[] = [];
  for (const match of text.matchAll(run)) {
    if (isRandom(match[0])) found.push({ kind: 'random', from: match.index, to: match.index + match[0].length });
  }
  return found;
}

function isRandom(text: string): boolean {
  if (!hasAllClasses(text)) return false;
  let letters = 0;
  let changes = 0;
  let kept = '';
  for (const part of text.split(/[^A-Za-z0-9]/)) {
    const words = hexadecimal.test(part) ? '' : part.replace(nameSuffix, '');
    kept += words;
    letters += words.length;
    for (let at = 1; at < words.length; at += 1) if (classOf(words.charCodeAt(at)) !== classOf(words.charCodeAt(at - 1))) changes += 1;
  }
  return letters >= shortestRandom && changes >= randomChanges * (letters - 1) && hasAllClasses(kept);
}

function hasAllClasses(text: string): boolean {
  return /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text);
}

function classOf(code: number): 'digit' | 'upper' | 'lower' {
  if (code < 0x3a) return 'digit';
  return code < 0x61 ? 'upper' : 'lower';
}

function apart(found: FoundSecret[]): FoundSecret[] {
  const sorted = found.sort((one, other) => one.from - other.from || other.to - one.to);
  const joined: FoundSecret[] = [];
  for (const one of sorted) {
    const last = joined.at(-1);
    if (one.to <= one.from) continue;
    if (last && one.from < last.to) last.to = Math.max(last.to, one.to);
    else joined.push({ ...one });
  }
  return joined;
}
