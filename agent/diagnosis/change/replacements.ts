/** Ways to hurt by writing something else in the same place: other numbers, names, types, comparisons, addresses, formats. */
import { type Code, type Finding, found, foundVaguely, leadsTo, type Mechanism, redone } from './mechanism.ts';
import { otherNumber } from './numbers.ts';
import { pairs } from './pairs.ts';

const toggles = /\b(?:true|false|on|off|yes|no|enabled|disabled|enable|disable)\b/gi;

function turnedRound(code: Code): Finding[] {
  return pairs(code, (line) => line.replace(toggles, '?')).flatMap(({ before, after }) =>
    foundVaguely(
      'turns a setting round',
      [before, after],
      leadsTo(
        [],
        ['config', 'tls', 'cache', 'auth', 'permission', 'wrong'],
        ['errors', 'latency', 'database', 'pool', 'missing', 'queue', 'handles', 'memory', 'cpu', 'parse', 'retry'],
      ),
    ),
  );
}

/** `<` for `<=`, `+ 1` gone or come, `&&` for `||`, other brackets. */
const comparisons = /[<>]=?|[=!]==?|&&|\|\||\b(?:and|or|not)\b|[+-]\s*1\b|!(?=\w)|[()]/g;

function otherComparison(code: Code): Finding[] {
  return pairs(code, (line) => line.replace(comparisons, '')).flatMap(({ before, after }) =>
    found(
      'compares or counts another way',
      [before, after],
      leadsTo(['bounds'], ['wrong', 'recursion', 'race'], ['crash', 'number', 'cpu', 'permission', 'auth', 'errors', 'parse', 'queue']),
    ),
  );
}

/** A factor, a term or a shift is gone, or came. */
const terms = /\s*(?:[*%]|(?<![:/])\/(?!\/)|<<|>>|\*\*)\s*[\w.]+/g;

function otherReckoning(code: Code): Finding[] {
  return pairs(code, (line) => line.replace(terms, '')).flatMap(({ before, after }) =>
    found('reckons another way', [before, after], leadsTo(['wrong', 'number'], ['bounds'], ['crash', 'clock'])),
  );
}

const types =
  /\b(?:[su]?int(?:8|16|32|64)?|s?fixed(?:32|64)|bool(?:ean)?|bytes|long|short|byte|BIGINT|SMALLINT|INTEGER|INT|serial|float(?:32|64)?|double|decimal|number|Long|Integer|string|str|u?[if](?:8|16|32|64)|usize|VARCHAR\(\d+\)|CHAR\(\d+\)|TEXT|optional|required|bigint|numeric|NUMERIC|DECIMAL|BigDecimal|Double|Float|varchar\(\d+\))\b/g;

function otherType(code: Code): Finding[] {
  return pairs(code, (line) => line.replace(types, '?')).flatMap(({ before, after }) => {
    const named = (line: string): string => (line.match(types) ?? []).join(' ');
    return named(before) === named(after)
      ? []
      : found(
          'gives a value another type',
          [before, after],
          leadsTo(['number', 'parse'], ['wrong', 'schema'], ['bounds', 'crash', 'errors', 'database']),
        );
  });
}

const names = /"[^"]*"|'[^']*'|`[^`]*`|[A-Za-z_][\w-]*/g;
const address = /["'=:\s]\w[\w-]*(?:\.[\w-]+)+:\d+|:\/\/|\b(?:host|addr|url|endpoint|port|bucket|region|dsn)\w*\b/i;
const isColour = /["'`]#[0-9a-f]{3,8}["'`]/i;
const path = /["'`]\/[\w{}:/.*-]*["'`]/;
const format = /%[a-zA-Z]|yyyy|YYYY|\bHH?:|2006|strftime|strptime|format|zone|UTC|locale|tz\b/i;

/** The same line with another quoted or written-out name in it: a key, a field, a column, a topic, a path. */
function otherName(code: Code): Finding[] {
  return pairs(code, (line) => line.replace(names, '?')).flatMap(({ before, after }) => {
    const both = [before, after];
    const isSpoken = /["'`]/.test(before) || /^\s*[\w"'-]+\s*:/.test(after) || /[A-Z][A-Z0-9]*_[A-Z0-9_]+/.test(after);
    if (!isSpoken || isProse(before, after) || isColour.test(after)) return [];
    if (path.test(before) && path.test(after)) {
      return found(
        'serves or asks another path',
        both,
        leadsTo(['route', 'probe'], ['missing', 'connect', 'permission'], ['errors', 'wrong']),
      );
    }
    if (address.test(`${before}\n${after}`) && /["':=]/.test(after)) {
      return foundVaguely(
        'points at another address',
        both,
        leadsTo(['connect', 'dns'], ['missing', 'timeout', 'route', 'tls', 'auth'], ['permission', 'errors', 'wrong', 'queue', 'config']),
      );
    }
    if (format.test(`${before}${after}`)) {
      return foundVaguely(
        'writes or reads times and texts in another format',
        both,
        leadsTo(['clock', 'parse'], ['wrong'], ['errors', 'crash']),
      );
    }
    return foundVaguely(
      'calls a key, field or topic by another name',
      both,
      leadsTo(
        ['parse', 'missing'],
        ['schema', 'absent', 'config', 'route', 'queue'],
        ['wrong', 'auth', 'cache', 'errors', 'probe', 'permission', 'crash'],
      ),
    );
  });
}

const keyed = /\bkey\w*\b.*[`$+%{(:]|\w+Key\w*\(|_key\w*\(/i;
const shared = /cache|memo|redis|valkey|etag|\bvary\b|\bttl\b/i;

/** What a cache finds things by: more in it, and fewer requests find what another has brought. */
function otherCacheKey({ removed, added, context, files }: Code): Finding[] {
  const isCache = shared.test([context, files.join(' '), ...removed, ...added].join('\n'));
  const [before, after] = [removed.filter((line) => keyed.test(line)), added.filter((line) => keyed.test(line))];
  if (!isCache || before.length === 0 || after.length === 0) return [];
  const explains = leadsTo(['cache'], ['database', 'fanout', 'memory'], ['latency', 'overload', 'wrong']);
  return found('finds cached answers by another key', [...before, ...after], explains);
}

/** A sentence was reworded: quoted text with spaces that is not a query. */
function isProse(before: string, after: string): boolean {
  const quoted = (line: string): string[] => line.match(/"[^"]*"|'[^']*'|`[^`]*`/g) ?? [];
  const kept = new Set(quoted(before));
  const reworded = quoted(after).filter((text) => !kept.has(text));
  return (
    reworded.length > 0 &&
    reworded.every((text) => /\s/.test(text.trim()) && !/select|insert|update|delete|where|%[a-zA-Z]|yyyy|HH/.test(text))
  );
}

export const replacements: Mechanism[] = [
  otherNumber,
  turnedRound,
  otherComparison,
  otherReckoning,
  otherType,
  otherName,
  redone(
    'is run at other times',
    /\bcron|schedule|\bevery\b|"[\d*/, -]{9,}"/i,
    leadsTo(['database', 'cpu'], ['overload', 'lock', 'clock', 'latency'], ['traffic', 'queue', 'memory']),
  ),
  redone(
    'keeps things for another time',
    /\bttl|_ttl|expir|max_?age|life_?time|[("', ][EP]X['", )]/i,
    leadsTo(['cache', 'auth'], ['clock', 'database'], ['latency', 'memory']),
  ),
  otherCacheKey,
  redone(
    'decides another way who may',
    /origin|\bcors\b|allow|deny|permit|whitelist|\bacl\b|polic(?:y|ies)|forbid/i,
    leadsTo(['permission'], ['auth'], ['errors']),
  ),
  redone(
    'reckons times another way',
    /time ?zone|\bUTC\b|utcnow|getHours|getUTC|LocalDate|ZonedDateTime|\.now\(|time\.Now|\btz\b|ZoneId|astimezone|toISOString|unix|epoch|Duration|millis|seconds\b|timedelta|Date\(/i,
    leadsTo(['clock'], ['wrong'], ['auth', 'parse', 'queue', 'cache', 'number']),
  ),
  redone(
    'sets up encrypted connections another way',
    /tls|ssl|cipher|verify|trust|\bca_|cert|MinVersion|sslmode|insecure/i,
    leadsTo([], ['tls']),
  ),
  redone(
    'checks or proves identity another way',
    /audience|issuer|\baud\b|\biss\b|alg(?:orithm)?\b|HS256|RS256|kid\b|jwks|scope|role|client_?id|secret|signing|hash/i,
    leadsTo(['auth'], ['permission']),
  ),
];
