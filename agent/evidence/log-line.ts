/** Reads one log line: its level and what it says. Anything below a warning is nobody's business here. */

export type Level = 'warn' | 'error' | 'fatal';

export interface Line {
  level: Level;
  text: string;
}

/** A larger line is judged by its beginning only. */
const maxJsonLength = 65_536;
const maxTextLength = 2_000;

const namedLevels: Readonly<Record<string, Level | 'below'>> = {
  trace: 'below',
  debug: 'below',
  info: 'below',
  information: 'below',
  notice: 'below',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  severe: 'error',
  fatal: 'fatal',
  critical: 'fatal',
  panic: 'fatal',
  emergency: 'fatal',
};

/** Undefined for a line that is no warning and no error. `said` is the level that stands beside the line, if any. */
export function readLine(message: string, said?: string): Line | undefined {
  const fields = jsonFields(message);
  const beside = levelOf(said);
  if (beside !== undefined) return withLevel(beside, (fields && wordsOf(fields)) || message.slice(0, maxTextLength));
  if (fields !== undefined) {
    const level = levelOf(fields.level ?? fields.severity ?? fields.lvl);
    if (level === 'below') return undefined;
    const text = wordsOf(fields) || message.slice(0, maxTextLength);
    return withLevel(level ?? levelInWords(text), text);
  }
  const text = message.slice(0, maxTextLength);
  return withLevel(levelInWords(text), text);
}

function withLevel(level: Level | 'below' | undefined, text: string): Line | undefined {
  return level === undefined || level === 'below' ? undefined : { level, text };
}

function jsonFields(message: string): Record<string, unknown> | undefined {
  if (message.length > maxJsonLength || !message.trimStart().startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Pino counts 40 warn, 50 error, 60 fatal; others write names. */
function levelOf(value: unknown): Level | 'below' | undefined {
  if (typeof value === 'number') return value >= 60 ? 'fatal' : value >= 50 ? 'error' : value >= 40 ? 'warn' : 'below';
  if (typeof value !== 'string') return undefined;
  const name = value.trim().toLowerCase();
  return Object.hasOwn(namedLevels, name) ? namedLevels[name] : undefined;
}

/** The message and, where it was logged, the error's own. */
function wordsOf(fields: Record<string, unknown>): string {
  const message = [fields.msg, fields.message].find((one) => typeof one === 'string') ?? '';
  const error = errorWords(fields.err ?? fields.error);
  const isSaid = typeof message === 'string' && error !== '' && message.includes(error);
  return [message, isSaid ? '' : error].filter(Boolean).join(': ').slice(0, maxTextLength);
}

function errorWords(error: unknown): string {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null) return '';
  const { type, message } = error as Record<string, unknown>;
  return [type, message].filter((one) => typeof one === 'string' && one !== '').join(': ');
}

/** A level written out near the start decides; else the words of the line do. */
function levelInWords(text: string): Level | 'below' | undefined {
  const named =
    /\blevel=["']?([a-z]{3,12})/i.exec(text)?.[1] ??
    /\b(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|CRITICAL|FATAL|PANIC)\b/.exec(text.slice(0, 120))?.[0];
  if (named !== undefined) return levelOf(named);
  if (/\b(?:fatal|panic)\b/i.test(text)) return 'fatal';
  if (/error\b|exception\b|traceback|unhandled/i.test(text)) return 'error';
  return /\bwarn(?:ing)?\b/i.test(text) ? 'warn' : undefined;
}
