/** Incidents that logs, changes and single metrics tell of. Written by hand, but for the hum of every day around them. */
import type { Case, Change, LogLine, Series } from '../../agent/diagnosis/case/case.ts';
import type { Random } from '../../chaos/crash/random.ts';
import { type Scene, start } from './scenes.ts';

const minute = 60;
const minutes = 60;
/** Minute at which things go wrong, and at which the alarm comes. */
const onset = 50;
const fired = 54;

interface Told {
  id: string;
  about: string;
  alert: { node: string; metric: string; stat?: string; summary?: string };
  edges?: [string, string][];
  metrics?: (random: Random) => Series[];
  /** Who is at work, and so writes that requests were handled. */
  humming?: string[];
  logs?: [at: number, node: string, level: string, msg: string][];
  changes?: Change[];
  expected: Omit<Scene['expected'], 'id' | 'about'>;
}

export function tell(
  { id, about, alert, edges = [], metrics, humming = [], logs = [], changes = [], expected }: Told,
  random: Random,
): Scene {
  const said = logs.map(([at, node, level, msg]): LogLine => ({ t: start + at * minute, node, level, msg }));
  const question: Case = {
    id,
    alert: { stat: '', ...alert, at: start + fired * minute },
    edges,
    metrics: metrics?.(random) ?? [],
    logs: [...hum(humming, random), ...said].sort((one, other) => one.t - other.t),
    spans: [],
    changes,
  };
  return { question, expected: { id, about, ...expected } };
}

function hum(nodes: readonly string[], random: Random): LogLine[] {
  return Array.from({ length: minutes }, (_, at) =>
    nodes.map((node) => ({
      t: start + at * minute + random.below(60),
      node,
      level: 'INFO',
      msg: `handled request in ${8 + random.below(30)} ms`,
    })),
  ).flat();
}

/** One value a minute: `before` until the onset, `after` from then on, each a little off. */
const stepping =
  (node: string, metric: string, stat: string, before: number, after: number | ((minutesIn: number) => number), digits = 4) =>
  (random: Random): Series => ({
    node,
    metric,
    stat,
    t: Array.from({ length: minutes }, (_, at) => start + at * minute),
    v: Array.from({ length: minutes }, (_, at) => {
      const value = at < onset ? before : typeof after === 'number' ? after : after(at - onset);
      return Number((value * (0.97 + 0.06 * random.next())).toFixed(digits));
    }),
  });

const all =
  (...series: ((random: Random) => Series)[]) =>
  (random: Random): Series[] =>
    series.map((one) => one(random));

const change = (
  at: number,
  node: string,
  sha: string,
  kind: Change['kind'],
  message: string,
  files: string[] = [],
  diff: string | null = null,
): Change => ({
  t: start + at * minute,
  node,
  sha,
  kind,
  message,
  files,
  diff,
});

/** Whole shas, as a version control system has them. */
const sha = (letters: string) => letters.repeat(40).slice(0, 40);

const repeat = (from: number, to: number, node: string, level: string, msg: (at: number) => string): [number, string, string, string][] =>
  Array.from({ length: to - from }, (_, at) => [from + at, node, level, msg(from + at)]);

const invoiceEdges: [string, string][] = [
  ['portal', 'invoices'],
  ['invoices', 'addresses'],
];

export function toldScenes(random: Random): Scene[] {
  const told: Told[] = [
    {
      id: 'commit-null',
      about: 'a release reads a field that may be missing; a style change came in with it',
      alert: { node: 'invoices', metric: 'http_5xx_ratio', summary: 'invoices answers 5xx' },
      edges: invoiceEdges,
      metrics: all(stepping('invoices', 'http_5xx_ratio', '', 0.002, 0.6), stepping('portal', 'http_5xx_ratio', '', 0.002, 0.3)),
      humming: ['portal', 'invoices', 'addresses'],
      logs: [
        ...repeat(
          onset,
          58,
          'invoices',
          'ERROR',
          (at) => `TypeError: Cannot read properties of undefined (reading 'vatNumber') at buildInvoice (customer=${4100 + at})`,
        ),
        ...repeat(onset, 58, 'portal', 'ERROR', () => 'upstream invoices answered 500'),
      ],
      changes: [
        change(20, '', sha('3fa1'), 'commit', 'docs: how to close a month', ['docs/months.md']),
        change(
          40,
          '',
          sha('b7d2'),
          'commit',
          'print the tax number of the customer on invoices',
          ['invoices/build.ts'],
          '@@ function buildInvoice(order) {\n-  const vat = order.customer.company ? order.customer.company.vatNumber : "";\n+  const vat = order.customer.company.vatNumber;\n   return render(order, vat);',
        ),
        change(
          44,
          '',
          sha('90ce'),
          'commit',
          'portal: softer colours for buttons',
          ['portal/theme.css'],
          '@@ :root {\n-  --button: #224488;\n+  --button: #3355aa;',
        ),
        change(49, 'invoices', sha('b7d2'), 'deploy', '2.14.0'),
        change(49.5, 'portal', sha('90ce'), 'deploy', '7.3.1'),
        change(30, 'portal', '', 'flag', 'winter-banner off->on'),
      ],
      expected: { abstain: false, node: 'invoices', change: sha('b7d2') },
    },
    {
      id: 'commit-loop',
      about: 'a release asks the database once a row; the newest release only renames a handler',
      alert: { node: 'rosters', metric: 'latency', stat: 'p95', summary: 'rosters p95 latency above 1 s' },
      edges: [
        ['board', 'rosters'],
        ['rosters', 'people'],
      ],
      metrics: all(
        stepping('rosters', 'latency', 'p95', 0.18, 2.4),
        stepping('board', 'latency', 'p95', 0.25, 2.5),
        stepping('people', 'latency', 'p95', 0.012, 0.013),
        stepping('people', 'requests_per_sec', '', 40, 1300),
        stepping('rosters', 'db_queries_per_request', '', 2, 61),
      ),
      humming: ['board', 'rosters', 'people'],
      logs: repeat(
        onset,
        58,
        'rosters',
        'WARN',
        (at) => `slow request: GET /rosters/${at} took ${2200 + at} ms, 61 queries: SELECT name FROM people WHERE id = $1`,
      ),
      changes: [
        change(
          42,
          '',
          sha('c0de'),
          'commit',
          'rosters show the name of each person',
          ['rosters/list.go'],
          '@@ func (s *Server) list(ctx context.Context, rows []Row) ([]Entry, error) {\n+\tfor i := range rows {\n+\t\tperson, err := s.db.QueryRow(ctx, "SELECT name FROM people WHERE id = $1", rows[i].PersonID)\n+\t\tif err != nil {\n+\t\t\treturn nil, err\n+\t\t}\n+\t\tentries[i].Name = person.Name\n+\t}',
        ),
        change(
          45,
          '',
          sha('fade'),
          'commit',
          'rosters: give the list handler a better name',
          ['rosters/handlers.go'],
          '@@\n-func handle1(w http.ResponseWriter, r *http.Request) {\n+func handleList(w http.ResponseWriter, r *http.Request) {',
        ),
        change(48, 'rosters', sha('c0de'), 'deploy', '5.0.0'),
        change(49, 'rosters', sha('fade'), 'deploy', '5.0.1'),
      ],
      expected: { abstain: false, node: 'rosters', change: sha('c0de') },
    },
    {
      id: 'commit-limit',
      about: 'a shared library lets fewer connections open; a change of the failing service only touches their idle time',
      alert: { node: 'tickets', metric: 'db_pool_wait_seconds_p99', summary: 'tickets waits for database connections' },
      edges: [['kiosk', 'tickets']],
      metrics: all(
        stepping('tickets', 'db_pool_wait_seconds_p99', '', 0.02, 8),
        stepping('tickets', 'db_pool_max_connections', '', 40, 6, 0),
        stepping('tickets', 'db_pool_in_use', '', 22, 6, 0),
        stepping('kiosk', 'http_5xx_ratio', '', 0.001, 0.4),
      ),
      humming: ['kiosk', 'tickets'],
      logs: repeat(onset, 58, 'tickets', 'ERROR', () => 'timeout acquiring connection from pool: max connections 6 in use 6'),
      changes: [
        change(
          35,
          '',
          sha('abba'),
          'commit',
          'platform: one default for every pool',
          ['platform/db/pool.go'],
          '@@ const (\n-\tdefaultMaxConnections = 40\n+\tdefaultMaxConnections = 6\n )',
        ),
        change(
          38,
          '',
          sha('d1ce'),
          'commit',
          'tickets: keep idle connections longer',
          ['tickets/db.go'],
          '@@\n-\tcfg.MaxConnIdleTime = time.Minute\n+\tcfg.MaxConnIdleTime = 5 * time.Minute',
        ),
        change(49, 'tickets', sha('abba'), 'deploy', '1.9.3'),
      ],
      expected: { abstain: false, node: 'tickets', change: sha('abba') },
    },
    {
      id: 'commit-table',
      about: 'only logs: a query for a table that no migration makes',
      alert: { node: 'wishes', metric: 'error_logs', summary: 'wishes logs errors' },
      humming: ['wishes', 'front'],
      logs: repeat(onset, 59, 'wishes', 'ERROR', (at) => `query failed for user ${at}: relation "shared_wishes" does not exist`),
      changes: [
        change(
          30,
          '',
          sha('feed'),
          'commit',
          'front: lazy images',
          ['front/image.tsx'],
          '@@\n-<img src={src} />\n+<img loading="lazy" src={src} />',
        ),
        change(
          41,
          '',
          sha('beef'),
          'commit',
          'wishes can be shared',
          ['wishes/dao.py'],
          '@@ class WishDao:\n+    def shared(self, user):\n+        return self.rows("SELECT * FROM shared_wishes WHERE user_id = %s", user)',
        ),
        change(49, 'wishes', sha('beef'), 'deploy', '0.8.0'),
        change(49.2, 'front', sha('feed'), 'deploy', '3.1.0'),
      ],
      expected: { abstain: false, node: 'wishes', change: sha('beef'), actions: ['roll-forward', 'roll-back-deployment'] },
    },
    {
      id: 'certificate',
      about: 'a certificate ran out; harmless releases came before and after',
      alert: { node: 'desk', metric: 'upstream_call_error_ratio', summary: 'calls of desk to bank fail' },
      edges: [['desk', 'bank']],
      metrics: all(
        stepping('desk', 'upstream_call_error_ratio', '', 0.001, 0.95),
        stepping('bank', 'requests_per_sec', '', 300, 6),
        stepping('bank', 'latency', 'p99', 0.08, 0.08),
      ),
      humming: ['desk', 'bank'],
      logs: repeat(
        onset,
        58,
        'desk',
        'ERROR',
        () => 'call to bank failed: tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
      ),
      changes: [
        change(
          22,
          '',
          sha('a11a'),
          'commit',
          'desk: shorter names for the bank client',
          ['desk/bank.go'],
          '@@\n-func newBankClientWithTLS(cfg Config) *Client {\n+func newBank(cfg Config) *Client {',
        ),
        change(25, 'desk', sha('a11a'), 'deploy', '4.4.0'),
        change(
          47,
          '',
          sha('b22b'),
          'commit',
          'chore: bump dependencies',
          ['go.mod'],
          '@@\n-\tgolang.org/x/crypto v0.21.0\n+\tgolang.org/x/crypto v0.22.0',
        ),
        change(48, 'desk', sha('b22b'), 'deploy', '4.4.1'),
      ],
      expected: { abstain: false, node: 'desk', change: 'none', actions: ['rotate-certificate'] },
    },
    {
      id: 'thin-alert-only',
      about: 'nothing is known but that an alarm came',
      alert: { node: 'lobby', metric: 'latency', stat: 'p95' },
      expected: { abstain: true, causes: ['inconclusive', 'no-fault'], change: 'none', actions: ['none'] },
    },
    {
      id: 'thin-three-points',
      about: 'three points of one series',
      alert: { node: 'lobby', metric: 'latency', stat: 'Average' },
      metrics: () => [
        {
          node: 'lobby',
          metric: 'latency',
          stat: 'Average',
          t: [start + 52 * minute, start + 53 * minute, start + 54 * minute],
          v: [0.2, 0.21, 0.22],
        },
      ],
      expected: { abstain: true, change: 'none', actions: ['none'] },
    },
    {
      id: 'thin-changes-only',
      about: 'changes, and nothing that would make one of them guilty',
      alert: { node: 'lobby', metric: 'latency', stat: 'p95' },
      changes: [
        change(40, 'lobby', sha('e1e1'), 'deploy', '1.0.1'),
        change(39, '', sha('e1e1'), 'commit', 'tidy up', ['lobby/main.ts'], '@@\n-  const a = 1;\n+  const one = 1;'),
      ],
      expected: { abstain: true, change: 'none' },
    },
    {
      id: 'quiet-logs',
      about: 'logs as every day, and a release',
      alert: { node: 'desk', metric: 'http_5xx_ratio', summary: 'desk answers 5xx' },
      metrics: all(stepping('desk', 'http_5xx_ratio', '', 0.002, 0.002)),
      humming: ['desk', 'bank'],
      changes: [
        change(45, 'desk', sha('d00d'), 'deploy', '4.5.0'),
        change(44, '', sha('d00d'), 'commit', 'desk: greet by name', ['desk/greet.ts'], '@@\n+  return "Hello " + name;'),
      ],
      expected: { abstain: true, change: 'none', actions: ['none'] },
    },
  ];
  return told.map((one) => tell(one, random));
}
