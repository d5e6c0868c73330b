/** What must be seen in its surroundings: calls inside loops, and collections that outlive the request. */
import { type Code, type Finding, found, foundVaguely, leadsTo, surplus } from './mechanism.ts';

const loopHead = /\b(?:for|foreach|while|loop|each)\b.*\S|\.(?:map|forEach|flatMap|each|filter|reduce)\s*\(/i;
/** Loops that wait or try again are not loops over items. */
const notOverItems = /retr|attempt|range\(\d+\)|ticker|time\.Tick|^\s*for\s*\{|while\s*\(?\s*(?:true|1)\b/i;
const remoteCall =
  /\bawait\s+\S+\(|\b(?:db|sql|tx|conn|client|repo(?:sitory)?|store|dao|api|http|grpc|rpc|redis|mongo|session|gateway|stub|catalog|objects|cursor|service)\w*\.(?:\w+\.)*\w+\(|\w+(?:Client|Repo|Repository|Dao|DAO|Store|Service|Gateway|Api|API|Stub|Session|Mapper)\.\w+\(|\.\w+\(ctx\b|\.objects\.|\b(?:query|queryrow\w*|execute|fetch\w*|requests\.(?:get|post)|http\.(?:Get|Post))\(|["'`]select\s/i;
const together = /bulk|batch|many|\bin_?\(|join|include|eager|\bIN \(/i;

/** A remote call put into a loop, found by indentation: below its head, or on the very line of the head. */
export function callsInLoops({ lines, removed }: Code): Finding[] {
  const hits: string[] = [];
  const loops: number[] = [];
  for (const { sign, code } of lines) {
    if (code.trim() === '' || sign === '-') continue;
    const indent = code.length - code.trimStart().length;
    while (loops.length > 0 && indent <= (loops.at(-1) ?? 0)) loops.pop();
    const isHead = loopHead.test(code) && !notOverItems.test(code);
    const isOneLiner = isHead && /=>|->|lambda|\|\w+\||\bfor\b.*\bin\b.*[\])]/.test(code);
    if (sign === '+' && (loops.length > 0 || isOneLiner) && remoteCall.test(code)) hits.push(code);
    if (isHead) loops.push(indent);
  }
  const apart = hits.length > 0 ? surplus(removed, [], together) : [];
  return [
    ...found(
      'calls another service or a database once per item of a loop',
      hits,
      leadsTo(['latency', 'database', 'fanout'], ['timeout', 'pool', 'overload', 'rate-limit'], ['cpu', 'traffic', 'errors']),
    ),
    ...found('reads one by one what was read together', apart, leadsTo(['database', 'latency', 'fanout'])),
  ];
}

const declaration =
  /(?:\b(?:static|global|const|let|var|final|private|self|this)\b|^\w|^\s*_|@)[^=(]*?\b([A-Za-z_]\w*)\s*(?::[^=]+)?(?:=\s*(?:new\s+)?(?:\w*(?:Map|List|Set|Deque|Queue|Vector|Dict|dict|list|set|HashMap|ArrayList|Array|deque)\w*(?:<[^()]*>)?\s*\(|\[\]|\{\}|make\(|map\[|\[\]\w+\{|Vec::new|HashMap::new)|\s\[\][\w.*]+\s*$|\s+map\[|\s+sync\.Map)/;
const growing =
  /\.(?:append|push|push_back|add|put|set|insert|offer|store|Store|enqueue|computeIfAbsent|setdefault|addAll|extend|appendleft|unshift|LoadOrStore|putIfAbsent)\(|\bappend\(|\w\[[^\]:]+\]\s*=[^=]/;
const bounding =
  /evict|max_?(?:size|len|imum|entries|items)|maxim|\blimit|\bcap\b|lru|\bttl|expir|\bdelete|remove|\.clear|\.pop|\.shift\(|truncat|trim|bounded|weak|prune|\[:|\[-/i;
const lasting = /\b(?:self|this|static|global|globalThis|module)\b|\b[A-Z][A-Z0-9_]{2,}\b/;

/** More collections than these are not followed in one change. */
const mostHomes = 50;

export function growsForever({ added, context }: Code): Finding[] {
  if (added.some((line) => bounding.test(line))) return [];
  const homes = [...added, ...context.split('\n')].flatMap((line) => declaration.exec(line)?.[1] ?? []).slice(0, mostHomes);
  const isAt = (line: string, home: string): boolean => new RegExp(`\\b${home}\\b`).test(line);
  const isReturned = (home: string): boolean => added.some((line) => /\breturn\b/.test(line) && isAt(line, home) && !growing.test(line));
  const lastingHomes = homes.filter((home) => !isReturned(home));
  const grown = added.filter((line) => growing.test(line));
  return [
    ...found(
      'puts into a collection that outlives the request and nothing takes out',
      grown.filter((line) => lastingHomes.some((home) => isAt(line, home))),
      leadsTo(['memory'], [], ['handles', 'latency', 'cpu']),
    ),
    ...foundVaguely(
      'puts into a collection that may outlive the request',
      grown.filter((line) => lasting.test(line)),
      leadsTo(['memory'], [], ['handles', 'latency']),
    ),
  ];
}
