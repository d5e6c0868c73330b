/** Ways to hurt by taking away: guards, releases, bounds, caches, locks, pauses, calls, rights. */
import { type Code, type Finding, found, foundVaguely, gone, leadsTo, type Mechanism, surplus } from './mechanism.ts';

const guard =
  /\b(?:if|unless|elif|guard|assert|require|ensure|when)\b.*(?:[=!]==?|\bis\b|\bnot\b|!|<|>|\bok\b|nil|null|None|undefined|empty|len|size|length|valid|present|exist)|\?\.|\?\?|\.isPresent|hasattr|isset|unwrap_or|getOrDefault|get_or_default|orElse|\b(?:try|catch|except|rescue|recover)\b|, ok :?=|COALESCE|IFNULL|ISNULL/i;
const emptiness =
  /nil|null|none|undefined|present|exist|optional|\?\.|\?\?|orElse|unwrap|getOrDefault|get_or_default|hasattr|isset|, ok\b|!\w+\)|recover|catch|except|rescue|COALESCE|IFNULL/i;
const magnitude = /<|>|\blen\b|length|size|count|bounds|min\(|max\(|== ?0|zero|limit/i;

/** A guard counts as removed when its block holds fewer guards after than before. */
function removedGuard({ blocks }: Code): Finding[] {
  const lines = blocks.flatMap(({ removed, added }) => surplus(removed, added, guard));
  const [named, measured] = [lines.filter((line) => emptiness.test(line)), lines.filter((line) => magnitude.test(line))];
  return [
    ...found(
      'removes a check for an absent value',
      named,
      leadsTo(['absent', 'crash'], ['errors'], ['wrong', 'missing', 'parse', 'bounds']),
    ),
    ...found(
      'removes a check of a size or a bound',
      measured,
      leadsTo(['bounds', 'number'], ['crash', 'wrong', 'overload', 'recursion'], ['race', 'memory', 'errors', 'parse', 'rate-limit']),
    ),
    ...foundVaguely('removes a condition', lines, leadsTo([], ['wrong'], ['errors', 'crash', 'race', 'permission', 'auth', 'parse'])),
  ];
}

/** Calls that tell nothing when they go. */
const quiet =
  /^(?:log|logger|print|println|printf|info|debug|warn|error|if|for|while|switch|return|catch|len|append|make|string|int|errorf|sprintf|format|inc|observe|func|def|function|set|get)$/i;
const settingUp =
  /regist|\binit|seed|boot|migrat|subscri|bind|install|provide|setup|configure|mount|\buse\(|add[A-Z_]|load|start|warm|listen|include_router|route/i;

/** Lines taken away with nothing in their place, whose calls are made nowhere else in the change. */
function removedCall({ blocks, added, removed }: Code): Finding[] {
  const still = new Set(added.flatMap(callsIn));
  const lost = blocks
    .flatMap((block) => (block.added.length > 0 ? [] : block.removed))
    .filter((line) => {
      const calls = callsIn(line).filter((name) => !quiet.test(name));
      const isWhole = calls.length > 0 && calls.every((name) => !still.has(name)) && !/\b(?:import|require|include)\b/.test(line);
      return isWhole && removed.includes(line);
    });
  const seeding = lost.filter((line) => settingUp.test(line));
  return [
    ...found(
      'removes a call that set something up',
      seeding,
      leadsTo(
        ['missing', 'route'],
        ['config', 'errors', 'absent'],
        ['schema', 'crash', 'queue', 'auth', 'permission', 'cache', 'wrong', 'latency'],
      ),
    ),
    ...foundVaguely(
      'removes a call with nothing in its place',
      lost,
      leadsTo([], ['wrong', 'missing'], ['errors', 'absent', 'auth', 'permission', 'cache', 'queue', 'parse', 'race', 'config', 'crash']),
    ),
  ];
}

function callsIn(line: string): string[] {
  return [...line.matchAll(/([A-Za-z_]\w*)\s*\(/g)].map(([, name = '']) => name);
}

export const removals: Mechanism[] = [
  removedGuard,
  removedCall,
  gone(
    'no longer releases what it takes',
    /\b(?:close|closes|closing|release|free|dispose|shutdown|cancel|defer|finally|put_?back|return_?conn\w*|giveback|evict|disconnect|end|destroy|unsubscribe|removeListener|clearInterval|clearTimeout|unref|rollback|commit)\b\s*\(?|\.(?:Close|Release|Put|Stop|Cancel|Dispose|Done|Free|Destroy|Discard)\w*\(|\bwith\s+\w.*\bas\b|\busing\s*\(|try\s*\(|\bwith\s+\w+(?:\.\w+)*\(.*\):/i,
    leadsTo(['pool', 'handles', 'memory'], ['lock', 'timeout', 'connect'], ['latency', 'errors', 'database', 'overload', 'disk']),
  ),
  gone(
    'no longer locks or unlocks',
    /\b(?:un)?lock\w*\b|mutex|synchroni[sz]ed|semaphore|for[ _]?update|atomic|\bcas\b|compareAndSet|isolation|transaction\b|\bBEGIN\b/i,
    leadsTo(['race', 'lock'], ['crash', 'wrong'], ['timeout', 'latency', 'number', 'errors', 'memory']),
  ),
  gone(
    'no longer takes locks in one order',
    /\border(?:ed)?\(|sort(?:ed)?(?:\.\w+)?\(.*(?:id|lock)|min\(.*max\(|\bfirst\b.*\bsecond\b|orderBy.*id/i,
    leadsTo(['lock']),
  ),
  gone(
    'takes a bound away',
    /\b(?:max|min|limit|cap|ceiling|evict|lru|maximum|bound|bounded|take|top|first|truncate|trim|expire|ttl|window|retention|prune|purge|rotate|full|capacity)\w*|Err[A-Z]\w*Full|make\(chan \w+, ?\w+\)|\bLIMIT\b|max\w+|Max[A-Z]\w+|[a-z](?:Limit|Max|Cap)\b|_(?:limit|max|cap)\b|\.slice\(|page_?size|pagina/i,
    leadsTo(
      ['memory', 'disk'],
      ['queue', 'latency', 'database', 'overload'],
      ['timeout', 'cpu', 'cache', 'rate-limit', 'handles', 'pool', 'recursion'],
    ),
  ),
  gone(
    'no longer waits for what it needs',
    /\bawait\b|\.Wait\(\)|\.join\(\)|\.get\(\)|\.result\(\)|waitFor|depends_?on|\.then\(|\bsync\b/i,
    leadsTo(['race'], ['missing', 'absent', 'wrong', 'crash'], ['errors', 'lock', 'connect']),
  ),
  gone(
    'does at once what was done beside the request',
    /\.submit\(|\.execute\(|enqueue|\.delay\(|apply_async|\bgo func\b|setImmediate|nextTick|background|runAsync|create_task|spawn\(|ThreadPool|executor/i,
    leadsTo(['latency', 'pool'], ['timeout', 'overload'], ['handles', 'errors']),
  ),
  gone(
    'no longer moves on to the next',
    /\b\w+\s*[+-]=\s*\w+|\b\w+(?:\+\+|--)|\b(\w+)\s*=\s*\1\s*[+-]|\.next\(\)|advance\(/,
    leadsTo(['recursion'], ['cpu', 'fanout', 'traffic'], ['latency', 'overload', 'rate-limit', 'wrong', 'queue', 'memory']),
  ),
  gone(
    'takes a time limit away',
    /time_?out|deadline|withTimeout|AbortSignal|\bwait_for\b|read_?limit|expire/i,
    leadsTo(['latency', 'handles'], ['timeout', 'pool'], ['queue', 'memory', 'overload']),
  ),
  gone(
    'takes a pause or a brake between tries away',
    /back_?off|jitter|sleep|delay|exponential|circuit|breaker|throttle|rate_?limit|limiter|semaphore|debounce|max_?retries|max_?attempts/i,
    leadsTo(['retry', 'overload', 'rate-limit', 'fanout'], ['traffic', 'cpu'], ['latency', 'timeout', 'connect', 'database']),
  ),
  gone(
    'takes a cache or shared work away',
    /cache|memo|singleflight|group\.do|dedup|coalesc|batch|dataloader|prefetch|preload|includes?\(|joinload|select_related|eager|JOIN FETCH|@Cacheable|cached|etag/i,
    leadsTo(['cache', 'fanout', 'database'], ['latency', 'cpu', 'overload', 'rate-limit'], ['timeout', 'pool']),
  ),
  gone(
    'takes a right or a rule of access away',
    /\b(?:allow|grant|permission|permit|role|scope|polic(?:y|ies)|principal|actions?|cidr|ingress|egress|security_group|whitelist|allowlist|acl|authoriz)\w*|^\s*"?[a-z0-9-]+:[A-Z]\w+"?,?\s*$/i,
    leadsTo(['permission'], ['auth', 'connect'], ['errors', 'timeout']),
  ),
  gone(
    'no longer sends what proves who asks',
    /authori[sz]ation|bearer|api_?key|token|credential|secret|signature|\bsign\(|x-[a-z-]*(?:key|auth|token)|password|cookie|csrf/i,
    leadsTo(['auth'], ['permission'], ['errors']),
  ),
  gone(
    'no longer confirms what it has processed',
    /\back\w*\(|\.ack\b|commit_?(?:offset|sync)?|acknowledge|basicAck|delete_?message|idempoten|dedup|processed/i,
    leadsTo(['queue', 'race'], ['wrong'], ['memory']),
  ),
  gone(
    'takes a fallback away',
    /fall_?back|default|\bor\b\s+\w+|\|\|\s*\w|orElse|\?\?|otherwise|stale/i,
    leadsTo([], ['absent', 'config', 'missing'], ['errors', 'connect', 'timeout', 'crash']),
  ),
  gone(
    'takes a declared setting away',
    /^\s*(?:-\s*name:\s*|export\s+|"?)?[A-Z][A-Z0-9_]{3,}"?\s*[:=]|^\s*-\s*name:\s*[A-Z_]+|env\[|environ|getenv|process\.env/,
    leadsTo(['config'], ['missing', 'auth', 'connect'], ['errors', 'dns']),
  ),
  gone(
    'no longer asks for the next page',
    /cursor|next_?(?:page|token|link)|has_?(?:more|next)|offset|continuation|paginat/i,
    leadsTo(['wrong', 'missing'], ['queue'], ['absent', 'bounds']),
  ),
  gone(
    'takes an index away',
    /\bindex\b|db_index|@Index|add_index|createIndex/i,
    leadsTo(['database', 'latency'], ['timeout', 'cpu'], ['lock', 'pool']),
  ),
  gone(
    'takes a condition of a query away',
    /\bWHERE\b|\.filter\(|\.where\(|\bAND\b/i,
    leadsTo([], ['database', 'wrong', 'latency', 'memory'], ['race', 'timeout', 'cpu', 'permission']),
  ),
];
