/** Kinds of trouble and the words by which logs, alerts and metrics speak of them, in whatever language the service is written. A table, not behaviour. */

export const families = {
  absent:
    /null ?pointer|null value|nil pointer|null ?reference|nonetype|of (?:undefined|null)\b|undefined is not|is (?:null|undefined|nil)\b|\bon (?:a )?(?:nil|null|none)\b|unwrap|nosuchelement|no value present|is not a function|attributeerror|no attribute|invalid memory/i,
  crash:
    /panic|attributeerror|no attribute|is not a function|segmentation|sigsegv|unhandled|uncaught|typeerror|keyerror|indexerror|valueerror|exception|traceback|core dumped|abort|assertion|nosuchmethod|noclassdef|classnotfound|class ?cast|abstractmethod|linkageerror|undefined symbol/i,
  bounds: /out of (?:range|bounds)|outofbounds|slice bounds|index ?error|past the end|offset|invalid range/i,
  number: /overflow|out of range|numeric|divi(?:de|sion) by zero|\bnan\b|infinity|negative|truncat|precision|too large for/i,
  schema:
    /(?:relation|table|column|index|view|schema|field|sequence)\b.{0,60}\b(?:not exist|unknown|missing|not found|undefined)|(?:no such|unknown|undefined|missing|invalid) (?:table|column|relation|field)|undefined(?:column|table)|missing_table|constraint|violat|migration/i,
  missing:
    /not found|not (?:been )?registered|unregistered|no (?:handler|provider|bean|such|route|mapping|matching|implementation|qualifying|driver|plugin)\b|unknown (?:handler|type|name|provider|agent|topic|command|key|driver|codec|method|service)|unrecognized|does not exist|doesn't exist|cannot (?:find|resolve)|unresolved|unimplemented|key ?error|no such key|not initiali[sz]ed|not configured|missing|lookup failed|404/i,
  latency: /latency|p\d\d\b|\bslow|duration|response time|took \d|elapsed/i,
  timeout: /time[ds]?[ -]?out|deadline exceeded|\b504\b|did not (?:answer|respond) in|timed_out|no answer|cancell?ed due/i,
  pool: /\bpool\b|_pool_|too many (?:clients|connections)|connections? .{0,20}(?:limit|exhaust|in use|leak|slots)|(?:acquir|waiting|waited|free).{0,30}connection|max_?conn|connections_|hikari|sockets? exhausted|executor rejected|rejectedexecution/i,
  memory: /\boom|out ?of ?memory|heap|\brss\b|memory|\bgc\b|garbage|allocat|exit (?:code )?137/i,
  cpu: /\bcpu|event loop|busy loop|load average|spinning|runaway/i,
  database:
    /\bquer(?:y|ies)|\bsql|\bselect\b|\bdb_|database|statement|rows?_|\brows\b|replica lag|postgres|mysql|mongo|full scan|table scan/i,
  'rate-limit': /\b429\b|too many requests|rate.?limit|quota|throttl|rate exceeded|resource.?exhausted/i,
  overload: /overload|shedding|\b503\b|reject|saturat|in flight|in_flight|backpressure|circuit|busy|capacity|bulkhead/i,
  retry: /\bretr(?:y|ies|ying|ied)|attempt \d|attempts/i,
  queue:
    /no (?:messages|events|records)|queue|backlog|\blag\b|_lag|unacked|consumer|dead.?letter|depth|redeliver|rebalanc|partition|offset|poison/i,
  lock: /deadlock|lock wait|\block|mutex|blocked by|contention|serialization failure|could not serialize|waits? for/i,
  race: /concurrent (?:map|modification)|\brace\b|duplicat|inconsisten|optimistic|stale object|oversold|oversell|conflict|twice|double|version mismatch/i,
  parse:
    /deseriali[sz]|unmarshal|\bpars(?:e|ing)|decod|(?:invalid|malformed|unexpected).{0,20}(?:json|token|field|type|payload|format|character|value|enum)|unknown (?:field|enum|variant|property)|missing (?:required )?(?:field|property)|cannot convert|incompatible|protobuf|avro|schema|wire type|serde|validation failed|too (?:large|long|big)|exceeds the|\b413\b|\b400\b|\b422\b/i,
  config:
    /environment variable|env var|config|settings?\b|propert(?:y|ies)\b|failed to start|startup|crashloop|restart|exited with|bootstrap|placeholder|initiali[sz]|_env\b|feature flag/i,
  auth: /\b401\b|unauthori[sz]ed|unauthenticated|authenticat|\btoken|credential|signature|jwt|log ?in failed|api.?key|password|session/i,
  permission:
    /\b403\b|forbidden|access.?denied|permission|not (?:authorized|permitted|allowed)|rejected: origin|privilege|rbac|insufficient.?scope|polic(?:y|ies)/i,
  certificate: /certificate|x509|pkix|\bcert\b|_cert_|trust anchor|unknown authority/i,
  tls: /\btls|\bssl|handshake|cipher|protocol version/i,
  dns: /\bdns\b|no such host|nxdomain|servfail|resolv(?:e|ing|ution)\b|getaddrinfo|enotfound|eai_again|unknown ?host|name resolution|lookup \S+ (?:on|:)/i,
  connect:
    /connection (?:refused|reset|closed)|econn|unreachable|no route to host|\bdial\b|unavailable|broken pipe|no healthy|bad gateway|\b502\b/i,
  disk: /no space|disk|enospc|inode|volume|filesystem|wal_|storage full/i,
  handles:
    /too many open files|file descriptor|open_fds|goroutine|threads?\b|_threads|unable to create.{0,20}thread|emfile|resource temporarily|handles/i,
  cache: /cache|hit.?rat(?:io|e)|\bmiss(?:es)?\b|stampede|evict|thundering/i,
  clock: /time ?zone|\butc\b|clock|in the future|skew|daylight|\bdst\b|schedul|\bdate|expir|too (?:early|late)|hours?\b|midnight/i,
  wrong:
    /mismatch|wrong|incorrect|discrepan|unexpected total|(?<!_)totals?\b|amount|rounding|checksum|inaccurate|skipped|missing rows|drift|lost|empty|reconcil|anomal/i,
  route: /\b404\b|no route|route not found|cannot (?:get|post|put)|not found: \/|method not allowed|\b405\b/i,
  recursion: /stack overflow|maximum call stack|recursion|infinite loop|stackoverflow/i,
  probe: /liveness|readiness|health.?check|unhealthy|probe|target group/i,
  traffic: /request volume|traffic|requests? per|_rps|surge/i,
  fanout: /fan.?out|calls per|per_request|queries per/i,
  errors: /5xx|\b500\b|error|fail/i,
} as const satisfies Record<string, RegExp>;

export type Family = keyof typeof families;

/** What almost every incident shows: it speaks for a mechanism, but says little about which. */
export const general: Partial<Record<Family, number>> = {
  errors: 0.45,
  crash: 0.8,
  latency: 0.75,
  timeout: 0.85,
  config: 0.8,
  wrong: 0.7,
  clock: 0.7,
  connect: 0.7,
  queue: 0.85,
  missing: 0.85,
};
