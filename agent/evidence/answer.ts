/** Turns what happened while asking into an answer, so that every source fails the same way. It knows no vendor and makes no call. */
import { AppError } from '../domain/errors.ts';
import type { EvidenceCost, EvidenceQuestion, Fact } from '../domain/evidence.ts';
import { withoutSecrets } from '../domain/secret-text.ts';
import type { EvidenceAnswer } from './source.ts';

const maxReasons = 8;
export const maxDetailLength = 1_000;
const maxNameLength = 255;

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours and cursor moves of terminals
const terminalSequence = /\u001b\[[0-9;]{0,20}[A-Za-z]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being removed
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/g;

/** So many characters more are read than kept: half a secret cannot be told from a word. */
const beyondTheCut = 500;

/** Text from outside as one printable line of at most `maxLength` characters without secrets; a first cut bounds the cost. */
export function cleanText(text: string, maxLength: number): string {
  // Secrets first: with a space where something unseen stood they would be words.
  return withoutSecrets(text.slice(0, maxLength + beyondTheCut).toWellFormed())
    .replace(terminalSequence, '')
    .replace(unprintable, ' ')
    .slice(0, maxLength)
    .toWellFormed()
    .trim();
}

/** `reason: message`, the form of every failure in an answer's detail. */
export function failureText(error: unknown): string {
  if (error instanceof AppError) {
    const reason = 'reason' in error && typeof error.reason === 'string' ? `${error.reason}: ` : '';
    return cleanText(`${reason}${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`, 400);
  }
  return cleanText(error instanceof Error ? `${error.name}: ${error.message}` : String(error), 400);
}

/** `found` or `nothing` when all parts answered, `truncated` when some did, `failed` when none did. */
export function answerOf(parts: {
  question: string;
  facts: Fact[];
  gaps: readonly string[];
  answered: number;
  nothing: string;
  cost?: EvidenceCost;
}): EvidenceAnswer {
  const { question, facts } = parts;
  const cost = parts.cost && { cost: parts.cost };
  const gaps = [...new Set(parts.gaps)];
  if (gaps.length === 0) {
    return facts.length > 0
      ? { status: 'found', question, detail: '', ...cost, facts }
      : { status: 'nothing', question, detail: parts.nothing, ...cost, facts };
  }
  const shown = gaps.slice(0, maxReasons);
  const more = gaps.length > shown.length ? [`${gaps.length - shown.length} more`] : [];
  const detail = cleanText([...shown, ...more].join('; '), maxDetailLength);
  return parts.answered > 0
    ? { status: 'truncated', question, detail, ...cost, facts }
    : { status: 'failed', question, detail, ...cost, facts: [] };
}

/** Runs `ask` so that it rejects with the signal's reason or not at all. */
export async function neverThrowing(question: string, signal: AbortSignal, ask: () => Promise<EvidenceAnswer>): Promise<EvidenceAnswer> {
  signal.throwIfAborted();
  try {
    const answer = await ask();
    signal.throwIfAborted();
    return answer;
  } catch (error) {
    signal.throwIfAborted();
    return { status: 'failed', question, detail: failureText(error), facts: [] };
  }
}

/** Why this question cannot be asked at all: an empty name would match whatever carries no name. */
export function unaskable(question: EvidenceQuestion): string | undefined {
  for (const [what, name] of [['cluster', question.cluster] as const, ...question.focus.map((service) => ['service', service] as const)]) {
    if (name === '') return `client: the ${what}'s name is empty`;
    if (name.length > maxNameLength) {
      return `client: the ${what}'s name has ${name.length} characters, ECS allows ${maxNameLength}: ${cleanText(name, 40)}…`;
    }
  }
  if (Number.isNaN(question.onset.getTime()) || Number.isNaN(question.now.getTime())) return 'client: onset or now is not a date';
  return undefined;
}

/** Runs the tasks, at most `limit` at a time, and keeps their order. */
export async function inParallel<T>(limit: number, tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results = new Array<T>(tasks.length);
  const waiting = tasks.entries();
  const lane = async () => {
    for (const [index, task] of waiting) results[index] = await task();
  };
  await Promise.all(Array.from({ length: Math.min(limit, tasks.length) }, lane));
  return results;
}
