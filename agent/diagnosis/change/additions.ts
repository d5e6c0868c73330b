/** Ways to hurt by putting in: work in loops, things that only grow, workers nobody stops, locks, patterns, demands. */
import { callsInLoops, growsForever } from './inside.ts';
import { type Code, came, type Finding, found, foundVaguely, leadsTo, type Mechanism, surplus } from './mechanism.ts';
import { manifest, versionJump } from './versions.ts';

const starting =
  /\bgo\s+(?:func\b|\w[\w.]*\()|new Thread|Thread\(|setInterval\(|create_task\(|ensure_future|\.submit\(|spawn\(|addListener\(|\.on\(['"]|addEventListener|subscribe\(|ticker|time\.Tick|ThreadPool|newCachedThreadPool|Executors\.|\.start\(\)/i;
const stopping =
  /\bstop|cancel|Done\(\)|\bjoin\b|close|clearInterval|removeListener|unsubscribe|shutdown|max_?workers|newFixedThreadPool|errgroup|wait\(\)|\bquit\b|abort/i;

function nobodyStops({ added, removed }: Code): Finding[] {
  const started = added.some((line) => stopping.test(line)) ? [] : surplus(added, removed, starting);
  return found(
    'starts workers or listeners and nothing stops them',
    started,
    leadsTo(['handles', 'memory'], ['cpu'], ['pool', 'latency', 'overload']),
  );
}

function upgrades({ files, removed, added }: Code): Finding[] {
  const isManifest = files.some((file) => manifest.test(file) || /dockerfile/i.test(file));
  if (!isManifest || versionJump(removed, added) !== 'major') return [];
  return found(
    'moves a dependency to another major version',
    added,
    leadsTo(
      ['crash', 'parse'],
      ['missing', 'tls', 'pool', 'memory', 'config'],
      ['errors', 'auth', 'connect', 'latency', 'cpu', 'database', 'absent', 'handles', 'schema'],
    ),
  );
}

const trying = /retr(?:y|ies)|attempt|while\s+not\s+ok|@Retry/i;
const braking = /back_?off|jitter|retry.?after|sleep|delay|exponential|max_?(?:retries|attempts)/i;

/** What waits before it tries again, or counts its tries, may just as well be the remedy. */
function triesAgain({ removed, added }: Code): Finding[] {
  const tries = surplus(added, removed, trying);
  const explains = leadsTo(['retry'], ['overload', 'fanout', 'rate-limit'], ['latency']);
  return added.some((line) => braking.test(line))
    ? foundVaguely('tries again, with a brake', tries, explains)
    : found('tries again', tries, explains);
}

/** Asked of the lines that log as well, which the others do not get to see. */
export const talk: Mechanism[] = [
  came(
    'writes much more to the log',
    /level.{0,12}(?:debug|trace)|logging\.DEBUG|\b(?:log|logger)\w*\.\w+\(.*(?:body|payload|dump|stringify|headers|full)/i,
    leadsTo(['disk'], [], ['cpu', 'latency']),
  ),
];

export const additions: Mechanism[] = [
  callsInLoops,
  growsForever,
  nobodyStops,
  upgrades,
  came(
    'brings in a pattern whose matching may take exponential time',
    /["'`/].*\([^()\s]*[+*][^()\s]*\)(?:[+*]|\{\d)|\(\([^)]*\)[^)]*\)[+*]|\.[*+][^/'"]*\.[*+].*(?:regex|match|compile|\/[gimsuy]*[,;)])|(?:regex|compile|match|RegExp)\w*\(.*\.[*+].*\.[*+]/i,
    leadsTo(['cpu', 'latency', 'timeout'], [], ['overload']),
  ),
  came(
    'takes locks or holds a transaction',
    /\.lock\(|\.Lock\(\)|synchronized|mutex|FOR UPDATE|LOCK TABLE|with\s+\w*lock|transaction\(|select_for_update|lock\w+\(|acquire\(|ALTER TABLE|SERIALIZABLE/i,
    leadsTo(['lock'], ['latency', 'timeout'], ['pool', 'database']),
  ),
  came(
    'drops or renames in the database',
    /\b(?:DROP|RENAME|ALTER)\s+(?:INDEX|TABLE|COLUMN|CONSTRAINT|VIEW)|drop_(?:index|column|table)|rename_column|remove_index|dropIndex|dropColumn|removeIndex|NOT NULL|op\.drop/i,
    leadsTo(['schema', 'database'], ['latency', 'timeout', 'cpu'], ['missing', 'errors', 'lock']),
  ),
  came(
    'writes values into the text of a query',
    /(?:select|insert|update|delete|where)\b.*(?:['"]\s*\+\s*\w|\$\{|'\{\w|%\(\w|\.format\()|\bf["'].*(?:select|insert|update|delete|where)\b.*\{|(?:Sprintf|String\.format)\(.*(?:select|insert|update|delete|where)\b/i,
    leadsTo(['database', 'parse'], ['errors', 'crash'], ['permission', 'wrong']),
  ),
  came(
    'adds a column that old rows have no value for',
    /\bADD (?:COLUMN )?(?:IF NOT EXISTS )?(?!CONSTRAINT|INDEX|KEY|PRIMARY|FOREIGN|UNIQUE|CHECK)["`]?\w+["`]? (?!.*\bDEFAULT\b)\w+|add_column(?!.*default)|addColumn(?!.*default)|add_field/i,
    leadsTo(['absent', 'schema'], ['crash', 'errors', 'parse']),
  ),
  came(
    'reads all of it at once',
    /findAll\(|\.all\(\)|ReadAll\(|readFileSync|toList\(\)|collect\(|fetchall|\.find\(\{\}\)|SELECT \*(?!.*WHERE)|list\(.*objects|getAll|load_?all|scan\(|io\.read|readlines|\.toArray\(/i,
    leadsTo(['memory'], ['latency', 'database', 'timeout'], ['cpu']),
  ),
  came(
    'blocks while others wait',
    /readFileSync|execSync|(?<![Aa])[Ss]ync\(|time\.sleep|Thread\.sleep|\.block\(\)|\.Result\b|\.get\(\)\s*;|fsync|\.join\(\)\s*;|runBlocking|while\s*\(?true|for\s*\{\s*$|pbkdf2|bcrypt|scrypt|JSON\.parse\(JSON/i,
    leadsTo([], ['latency', 'timeout', 'cpu'], ['handles', 'overload', 'pool']),
  ),
  came(
    'lifts a bound',
    /unlimited|unbounded|infinite|no_?limit|MAX_VALUE|MaxInt|max_?size\s*[=:]\s*(?:0|-1|None|null)|limit\s*[=:]\s*(?:0|-1|None|null)\b/i,
    leadsTo(['memory', 'queue'], ['overload', 'disk', 'handles'], ['latency', 'pool', 'database']),
  ),
  triesAgain,
  came(
    'makes cached answers hard to share',
    /cache.{0,40}(?:Date\.now|time\.now|time\.time|uuid|random|request_?id|req\.id|nonce|trace)|(?:key|vary).{0,40}(?:Date\.now|time\.Now|uuid|random|request_?id|user_?agent|nonce)|no-store|no-cache/i,
    leadsTo(['cache'], ['database', 'latency', 'memory'], ['overload']),
  ),
  came(
    'requires a setting',
    /required\(|must_?(?:get)?env|MustGetenv|process\.env\.|os\.environ\[|getenv\(|env\.[A-Z]|env\(|config\.(?:get|require)\w*\(|@Value\(|ENV\[|ENV\.fetch/i,
    leadsTo(['config'], ['missing'], ['crash', 'absent', 'auth', 'connect', 'errors']),
  ),
  came('writes much more to disk', /dump|writeFile|heapdump|\.write\(/i, leadsTo(['disk'], [], ['cpu', 'latency'])),
  came(
    'refuses more than before',
    /\b(?:throw|raise|reject|return\s+Err|panic\(|abort|forbidden|unauthori[sz]ed|deny|403|401|required|strict|additionalProperties:?\s*false|DisallowUnknownFields|extra\s*=\s*.forbid)\b/i,
    leadsTo([], ['parse', 'permission', 'auth'], ['errors', 'crash', 'rate-limit']),
  ),
  came(
    'takes for granted that a value is there',
    /\.unwrap\(\)|\.get\(\)\.|\w!\.|\w!\)|as\s+any|\[0\]\.|\.first\(\)\.|\.expect\(|\.Value\.|!!\.|assert_present/i,
    leadsTo(['absent'], ['crash', 'bounds'], ['errors']),
  ),
];
