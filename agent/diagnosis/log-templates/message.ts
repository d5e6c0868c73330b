/** Chooses what of a log line is the message: the message field of a structured line, the first line of several and what it is said to be caused by. */

export interface Message {
  text: string;
  /** Of a structured line: its keys as `{a,b}`, for lines with other keys are other messages. Else empty. */
  keys: string;
}

/** In the order in which they are asked for. */
const messageFields = ['message', 'msg', 'log', 'event', 'text', 'body', 'error', 'err', 'exception', 'reason'];
const maxStructuredLength = 65_536;
const maxKeys = 32;
const maxLines = 200;

export function readMessage(line: string): Message {
  const structured = line.length <= maxStructuredLength && startsLikeObject(line) ? readStructured(line) : undefined;
  const { text, keys } = structured ?? { text: line, keys: '' };
  return { text: text.includes('\n') ? firstAndCause(text) : text, keys };
}

function startsLikeObject(line: string): boolean {
  for (let index = 0; index < line.length; index += 1) {
    const code = line.charCodeAt(index);
    if (code > 32) return code === 123;
  }
  return false;
}

function readStructured(line: string): Message | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return undefined;
  const text = messageOf(fields as Record<string, unknown>);
  return text === undefined ? undefined : { text, keys: `{${keysOf(fields)}}` };
}

function messageOf(fields: Record<string, unknown>): string | undefined {
  for (const name of messageFields) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string') return value.message;
  }
  return undefined;
}

/** Keys with a digit are ids: they are one. */
function keysOf(fields: object): string {
  const names = Object.keys(fields)
    .slice(0, maxKeys)
    .map((name) => (/\d/.test(name) ? '<*>' : name.slice(0, 64).replaceAll(/\s/g, '_')));
  return [...new Set(names)].sort().join(',');
}

/** A stack trace says in its first line what happened, Python in its last, Java behind `Caused by`. */
function firstAndCause(text: string): string {
  const lines = text.split('\n', maxLines).filter((line) => line.trim() !== '');
  const first = lines[0] ?? '';
  const cause = first.startsWith('Traceback') ? lines.at(-1) : lines.findLast((line) => line.startsWith('Caused by'));
  return cause === undefined || cause === first ? first : `${first} … ${cause}`;
}
