/** The operational causes as a table: what each sounds like in logs and alerts, what refutes it, what is to be done. Data, not behaviour. */
import type { Family } from '../symptom/families.ts';

export const operationalCauses = [
  'expired-certificate',
  'traffic-surge',
  'external-outage',
  'quota-exhausted',
  'disk-full',
  'dns-failure',
  'expired-credentials',
  'noisy-neighbour',
  'clock-skew',
  'node-loss',
  'data-growth',
  'network-fault',
  'database-failover',
  'hardware-fault',
  'scheduled-work',
] as const;
export type OperationalCauseName = (typeof operationalCauses)[number];

export interface OutsideCause {
  cause: OperationalCauseName;
  /** How it sounds in a log line or an alert. */
  sounds?: RegExp;
  /** What, in the same line, speaks of something else. */
  unless?: RegExp;
  /** Names of metrics that show it, with how: they reach a level (share or percent of what there is), fall to zero, or move. */
  metrics?: { name: RegExp; shows: 'nearly-full' | 'reaches-zero' | 'rises' | 'falls' }[];
  /** Words alone do not do. */
  needsMetric?: true;
  /** 0..1: how far such words can be trusted to mean just this. */
  sure: number;
  sharedWith: readonly Family[];
  refutedBy: string;
  action: string;
}

export const causesOutside: OutsideCause[] = [
  {
    cause: 'expired-certificate',
    sounds:
      /cert\w*.{0,60}(?:expired|not yet valid|no longer valid|out of date)|expired.{0,30}cert|validity check failed|notafter(?!.*not ?expired).{0,60}(?:expired|failed|past)|cert_has_expired|cert_date_invalid|certificateexpired/i,
    metrics: [{ name: /cert\w*.*(?:expir|remaining|validity|days|seconds_left)|expiry.*cert/i, shows: 'reaches-zero' }],
    sure: 1,
    sharedWith: ['certificate'],
    refutedBy: 'The certificate that is served is still valid at the time of the first failure.',
    action: 'rotate-certificate',
  },
  {
    cause: 'traffic-surge',
    sounds: /shedding load|overload|saturat|queue (?:is )?full|at capacity|too busy|request volume/i,
    needsMetric: true,
    sure: 1,
    sharedWith: ['traffic'],
    refutedBy: 'Requests at the outermost node are as many as before, or the trouble began before they rose.',
    action: 'scale-service',
  },
  {
    cause: 'external-outage',
    sounds:
      /(?:third.?party|vendor|provider|partner|acquirer|upstream (?:provider|vendor|partner)|external (?:api|service|dependency)|saas).{0,80}(?:down|outage|unavailable|5\d\d|timeout|timed out|degraded|incident|fail|unreachable|error)|status ?page|(?:outage|incident) (?:reported|declared) (?:by|at)|region\w* (?:outage|degraded)/i,
    sure: 0.95,
    sharedWith: ['dns', 'connect'],
    refutedBy: 'The same calls to the outside succeed from elsewhere, or its status page reports no incident.',
    action: 'wait-for-provider',
  },
  {
    cause: 'quota-exhausted',
    sounds:
      /quota.{0,30}(?:exceed|exhaust|reached|limit|used)|exceeded.{0,40}quota|limitexceeded|insufficient.?(?:quota|instance.?capacity)|usage limit|(?:monthly|daily|hourly|account|plan|subscription) (?:\w+ )?(?:limit|cap|allowance)|provisionedthroughputexceeded|credits? (?:exhausted|used up|balance)|billing (?:hard )?limit|limit for (?:this|your) (?:account|plan|project|region)/i,
    sure: 0.9,
    sharedWith: ['rate-limit', 'fanout', 'traffic', 'retry'],
    refutedBy: 'The provider counts fewer calls or less use than it allows.',
    action: 'raise-quota',
  },
  {
    cause: 'disk-full',
    sounds:
      /no space left|enospc|disk (?:is )?(?:full|quota)|could not extend (?:file|relation)|volume (?:is )?full|filesystem (?:is )?full|out of (?:disk|storage)|storage.?full|flood.?stage|read-only.{0,20}(?:disk|watermark)|inodes? exhausted/i,
    metrics: [
      {
        name: /(?:disk|volume|filesystem|storage|inode|pvc|wal).*(?:used|usage|util|percent|ratio|full)|used.*(?:disk|storage)/i,
        shows: 'nearly-full',
      },
      { name: /(?:disk|volume|filesystem|storage|inode).*(?:free|avail|remaining)|free_?storage/i, shows: 'reaches-zero' },
    ],
    sure: 1,
    sharedWith: ['disk'],
    refutedBy: 'The volume named in the errors has free space and free inodes.',
    action: 'free-disk-space',
  },
  {
    cause: 'dns-failure',
    sounds:
      /no such host|nxdomain|servfail|enotfound|eai_again|getaddrinfo|(?:temporary failure in |could not |cannot |unable to |failed to )(?:name )?resol|name (?:resolution|or service not known)|unknown ?host|(?:: lookup \S+|lookup [\w-]+(?:\.[\w-]+)+|lookup \S+ on \S+:\d+).{0,60}(?:time|misbehaving|refused|fail)|dns.{0,40}(?:timeout|fail|error|unavailable|servfail)|coredns|resolver.{0,30}(?:timeout|unreachable|down|unhealthy)/i,
    sure: 1,
    sharedWith: ['dns'],
    refutedBy: 'The names in the errors resolve from the same nodes at that time.',
    action: 'restore-dns',
  },
  {
    cause: 'expired-credentials',
    sounds:
      /(?:token|credential|secret|api.?key|password|passphrase|licen[cs]e|service.?account|access.?key|client.?secret|signing key)s?\b.{0,60}(?:expired|has lapsed|revoked|no longer valid|rotated out)|expired.?token|expired.{0,20}(?:credential|key|secret|password|licen[cs]e)|invalid_grant|tokenexpired|aadsts7000222/i,
    sure: 0.9,
    sharedWith: ['clock'],
    refutedBy: 'The same credential is accepted when used by hand.',
    action: 'rotate-credentials',
  },
  {
    cause: 'noisy-neighbour',
    sounds:
      /steal time|cpu steal|noisy neighbou?r|throttled by (?:the )?(?:host|hypervisor|cgroup)|burst (?:credits?|balance)|cpu credits?|io(?:ps)? credits?|co-?located|shared host/i,
    metrics: [
      { name: /steal|throttled_(?:seconds|periods)|noisy/i, shows: 'rises' },
      { name: /(?:credit|burst)_?balance/i, shows: 'reaches-zero' },
    ],
    sure: 0.9,
    sharedWith: [],
    refutedBy: 'Other machines show the same slowness, or the stolen time is as low as before.',
    action: 'move-workload',
  },
  {
    cause: 'clock-skew',
    sounds:
      /clock (?:skew|drift|jump|out of sync|offset|moved|stepped)|issued in the future|used before issued|too.?skewed|token .{0,30}not valid yet|not yet valid|nbf\b|\bntp\b|chrony|time (?:is )?(?:off|ahead|behind|drift)|timestamp.{0,30}(?:in the future|too far)/i,
    unless: /certificate has expired/i,
    metrics: [{ name: /clock_(?:offset|skew|drift)|ntp_(?:offset|drift)|time_offset/i, shows: 'rises' }],
    sure: 0.9,
    sharedWith: ['clock'],
    refutedBy: 'All clocks agree within a second.',
    action: 'sync-clock',
  },
  {
    cause: 'node-loss',
    sounds:
      /\bnotready\b|node .{0,40}(?:lost|terminated|unreachable|not ready|gone|down|drain)|spot.{0,20}interrupt|instance .{0,30}(?:terminat|retire|unhealthy|impaired|lost|stopped)|no route to host|host (?:is )?(?:down|unreachable)|availability.?zone.{0,40}(?:outage|impair|lost|down|unavailable)|kubelet stopped|system status check|capacity reclaim|evicted/i,
    sure: 0.9,
    sharedWith: [],
    refutedBy: 'All machines that ran the service before the failure still run and answer.',
    action: 'replace-node',
  },
  {
    cause: 'data-growth',
    sounds:
      /(?:sequence|serial|nextval|auto.?increment|primary key|transaction id|txid|xid|wraparound).{0,60}(?:exhaust|maximum|limit|out of|wraparound|reached|overflow)|table.{0,30}(?:is full|too large|grew)|partition.{0,40}(?:too large|hot|no partition)|\b(?:index|working set|dataset).{0,40}(?:no longer fits|exceeds|grew)|bloat|autovacuum|tablespace/i,
    metrics: [
      {
        name: /(?:table|index|collection|partition|dataset|backlog)_?(?:rows|size|bytes|count|documents)|rows_total|dead_tuples|bloat/i,
        shows: 'rises',
      },
    ],
    sure: 0.85,
    sharedWith: ['disk', 'database', 'number', 'queue'],
    refutedBy: 'The data is about as large as it was when all was well.',
    action: 'reduce-data',
  },
  {
    cause: 'network-fault',
    sounds:
      /packet loss|network (?:partition|is unreachable|unreachable|congest|fault)|split.?brain|lost quorum|retransmi|bgp|link (?:down|flap)|nat gateway|port allocation|conntrack|ephemeral ports?|peering|cross-?(?:az|zone|region).{0,40}(?:latency|loss|timeout)/i,
    metrics: [{ name: /packet_?(?:loss|drop)|retransmit|conntrack|port_allocation/i, shows: 'rises' }],
    sure: 0.9,
    sharedWith: ['connect'],
    refutedBy: 'The two ends reach each other without loss.',
    action: 'escalate',
  },
  {
    cause: 'database-failover',
    sounds:
      /fail(?:ed|ing)?.?over|read.?only (?:transaction|replica|mode|node|standby)|(?:not|no longer) (?:the )?(?:master|primary|leader|writer)|no (?:primary|leader|master)|(?:leader|primary) (?:election|elected|stepped down|lost|changed)|promot(?:ed|ing).{0,30}(?:replica|standby)|standby promoted|terminating connection due to administrator|the database system is (?:starting up|shutting down|in recovery)/i,
    sure: 0.9,
    sharedWith: [],
    refutedBy: 'The database kept its leader through the whole time.',
    action: 'force-new-deployment',
  },
  {
    cause: 'hardware-fault',
    sounds:
      /i\/o error|\bio error\b.{0,40}(?:dev|sector|disk)|bad (?:sector|block)|\becc\b|machine check|mce:|smart .{0,30}(?:fail|error)|nvme.{0,40}(?:timeout|reset|error)|gpu.{0,30}(?:xid|fallen off)|hardware error|degraded raid|volume .{0,20}impaired|stuck i\/o/i,
    sure: 0.9,
    sharedWith: [],
    refutedBy: 'The device reports no faults and the work succeeds on it.',
    action: 'replace-node',
  },
  {
    cause: 'scheduled-work',
    sounds:
      /(?:nightly|scheduled|cron|batch|backup|vacuum|reindex|compaction|maintenance|snapshot|report|analytics|etl|backfill|import).{0,60}(?:started|running|in progress|began|holds|holding|blocks|competing|window|full scan)/i,
    sure: 0.75,
    sharedWith: ['lock', 'database', 'clock'],
    refutedBy: 'The trouble began before the work did, or outlasts it.',
    action: 'reschedule-work',
  },
];
