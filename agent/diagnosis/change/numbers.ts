/** A number made smaller or larger: what the line calls it says what that may do. */
import type { Family } from '../symptom/families.ts';
import { type Code, type Explains, type Finding, found, foundVaguely, leadsTo } from './mechanism.ts';
import { pairs } from './pairs.ts';

/** Seconds or bytes: only the order of two values on the same line matters. */
const units: [unit: RegExp, worth: number][] = [
  [/^(?:ms|millis)/i, 1e-3],
  [/^h/i, 3600],
  [/^d/i, 86_400],
  [/^ki?b?$/i, 1e3],
  [/^(?:mi|mb)$/i, 1e6],
  [/^(?:gi|gb)$/i, 1e9],
  [/^m/i, 60],
];
const quantity =
  /(?<![\w.])(\d[\d_]*(?:\.\d+)?)\s*(?:\*\s*(?:time\.|chrono::)?)?(milliseconds?|seconds?|minutes?|hours?|days?|ms|Ki|Mi|Gi|KB|MB|GB|[smhd])?(?![\w.]*\w)/gi;

const lowered: [name: RegExp, explains: Explains][] = [
  [
    /conn|pool|open|worker|thread|concurren|parallel|slots|executor/i,
    leadsTo(['pool'], ['timeout', 'latency', 'overload', 'queue'], ['handles', 'database']),
  ],
  [/time_?out|deadline|patience|wait/i, leadsTo(['timeout'], [], ['errors', 'latency', 'connect', 'retry'])],
  [
    /ttl|expir|max_?age|cache|fresh|\b[ep]x\b|setex/i,
    leadsTo(['cache'], ['database', 'latency', 'overload'], ['cpu', 'auth', 'rate-limit', 'clock', 'fanout']),
  ],
  [/mem|heap|xmx/i, leadsTo(['memory'], [], ['config', 'cpu'])],
  [/cpu|replica|instances|desired|capacity|scale/i, leadsTo(['cpu', 'overload'], ['latency', 'queue'], ['timeout'])],
  [/rate|limit|quota|burst|rps|qps|per_?(?:sec|min)|allow/i, leadsTo(['rate-limit'], ['overload'], ['errors', 'parse'])],
  [
    /interval|delay|back_?off|poll|period|sleep|every|tick|pause/i,
    leadsTo(['retry', 'rate-limit'], ['overload', 'cpu', 'traffic', 'fanout', 'database'], ['probe']),
  ],
  [
    /queue|buffer|size|length|max|len\b|depth|bytes/i,
    leadsTo([], ['queue', 'overload', 'parse'], ['bounds', 'rate-limit', 'errors', 'pool']),
  ],
  [/probe|liveness|readiness|period|threshold|initial|grace|failure/i, leadsTo(['probe'], ['config'], ['connect'])],
  [/partition|shard|retention/i, leadsTo([], ['queue'], ['missing', 'wrong'])],
];

const raised: [name: RegExp, explains: Explains][] = [
  [/time_?out|deadline|wait/i, leadsTo([], ['latency', 'handles', 'pool'], ['timeout', 'queue'])],
  [/retr|attempt/i, leadsTo(['retry', 'overload', 'fanout', 'rate-limit'], [], ['latency', 'timeout', 'traffic'])],
  [
    /batch|page|chunk|limit|prefetch|buffer|concurren|parallel|worker|fetch|size|pool|conn/i,
    leadsTo([], ['memory', 'latency', 'database', 'rate-limit', 'overload', 'pool'], ['lock', 'timeout', 'cpu', 'queue', 'parse']),
  ],
  [/ttl|max_?age|cache|retention|keep|expir|entries|history/i, leadsTo([], ['memory', 'disk'], ['wrong', 'auth', 'cache'])],
  [/cost|round|iteration|strength|quality|depth|level|bcrypt|scrypt|argon|pbkdf|password/i, leadsTo([], ['cpu', 'latency'], ['memory'])],
];
const anyNumber = leadsTo([], [], ['wrong', 'bounds', 'number']);

const idleNumber = leadsTo(['connect'], ['pool'], ['latency', 'timeout']);

/** What is idle, or asked only whether it lives, carries no load. */
const idle = /idle|keep_?alive|linger/i;

export function otherNumber(code: Code): Finding[] {
  return pairs(code, (line) => reckoned(line).replace(quantity, '#')).flatMap(({ before, after }) => {
    const [old, fresh] = [values(before), values(after)];
    const at = old.findIndex((value, i) => value !== fresh[i]);
    if (at < 0) return [];
    const falls = (fresh[at] ?? 0) < (old[at] ?? 0);
    const name = after.replace(quantity, ' ');
    const rows = (falls ? lowered : raised).filter(([pattern]) => pattern.test(name));
    const what = `${falls ? 'lowers' : 'raises'} a number`;
    return rows.length === 0 || idle.test(name)
      ? foundVaguely(what, [before, after], idle.test(name) ? idleNumber : anyNumber)
      : found(what, [before, after], strongest([anyNumber, ...rows.map(([, explains]) => explains)]));
  });
}

/** `1 << 20` and `64 * 1024` are numbers, too. */
function reckoned(line: string): string {
  return line
    .replace(/\b(\d+)\s*<<\s*(\d+)\b/g, (_, base: string, by: string) => String(Number(base) * 2 ** Number(by)))
    .replace(/\b(\d+)\s*\*\s*(\d+)\b/g, (_, one: string, other: string) => String(Number(one) * Number(other)));
}

function values(line: string): number[] {
  return [...reckoned(line).matchAll(quantity)].map(([, digits = '0', unit = '']) => {
    const worth = units.find(([pattern]) => unit !== '' && pattern.test(unit))?.[1] ?? 1;
    return Number(digits.replaceAll('_', '')) * worth;
  });
}

function strongest(all: readonly Explains[]): Explains {
  const most = new Map<Family, number>();
  for (const one of all) for (const [family, degree] of one) most.set(family, Math.max(most.get(family) ?? 0, degree));
  return most;
}
