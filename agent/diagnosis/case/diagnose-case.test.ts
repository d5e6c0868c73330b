import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Case, type CaseAnswer } from './case.ts';
import { diagnoseCase } from './diagnose-case.ts';

const at = 1_767_225_600;
const answerTo = (fields: object): CaseAnswer =>
  diagnoseCase(Case.parse({ id: 'a', alert: { node: 'shop', metric: 'latency', stat: 'Average', at }, ...fields }));
const times = (count: number, step = 60) => Array.from({ length: count }, (_, n) => at - (count - 4 - n) * step);
/** One from the third last on, `after` instead of `before`. */
const step = (count: number, before: number, after: number) =>
  times(count).map((_, n) => (n > count - 6 ? after : before * (1 + (n % 5) / 50)));
const latency = (node: string, v: (number | null)[], more: object = {}) => ({
  node,
  metric: 'latency',
  stat: 'Average',
  t: times(v.length),
  v,
  ...more,
});

function expectSane(answer: CaseAnswer): void {
  expect(answer.confidence).toBeGreaterThanOrEqual(0);
  expect(answer.confidence).toBeLessThan(1);
  for (const { score } of answer.ranked) expect(Number.isFinite(score)).toBe(true);
  expect(new Set(answer.ranked.map(({ node }) => node)).size).toBe(answer.ranked.length);
  if (answer.abstain) expect(answer).toMatchObject({ change: 'none', action: 'none' });
  else expect(['no-fault', '']).not.toContain(answer.cause);
  expect(answer.reason).not.toBe('');
}

describe('the answer to a case', () => {
  it('abstains when nothing is known but the alert, and says why', () => {
    const answer = answerTo({});
    expectSane(answer);
    expect(answer).toMatchObject({ id: 'a', abstain: true, change: 'none', action: 'none' });
  });

  it('names the deepest node that grew slow, and the alerting one as its victim', () => {
    const answer = answerTo({
      edges: [['shop', 'store']],
      metrics: [latency('shop', step(60, 1.2, 5.2)), latency('store', step(60, 0.2, 4.2))],
    });
    expectSane(answer);
    expect(answer).toMatchObject({ abstain: false, cause: 'dependency-fault', change: 'none', action: 'none' });
    expect(answer.ranked[0]?.node).toBe('store');
  });

  it('says no-fault when the metrics deny the trouble, and blames no change for it', () => {
    const changes = [
      { t: at - 300, node: 'shop', sha: 'abcdef0', message: 'no timeout', kind: 'commit', diff: '@@\n-  timeout: 5\n+  timeout: 500' },
    ];
    const answer = answerTo({ metrics: [latency('shop', step(60, 1, 1))], changes });
    expectSane(answer);
    expect(answer).toMatchObject({ abstain: true, cause: 'no-fault', change: 'none' });
  });

  it('does not take the alert itself for evidence against the node that raised it', () => {
    expect(answerTo({ logs: [{ t: at, node: 'cart', level: 'ERROR', msg: 'odd error' }] }).abstain).toBe(true);
  });

  it('lists fifty suspects at most', () => {
    const edges = Array.from({ length: 80 }, (_, n) => ['shop', `n${n}`]);
    const metrics = edges.map(([, node = '']) => latency(node, step(60, 1, 3)));
    expect(answerTo({ edges, metrics: [latency('shop', step(60, 81, 241)), ...metrics] }).ranked).toHaveLength(50);
  });

  it('names the commit whose content does what the logs complain of, by the sha of the case', () => {
    const sha = 'B7D2b7d2b7d2b7d2b7d2b7d2b7d2b7d2b7d2b7d2';
    const answer = answerTo({
      alert: { node: 'bills', metric: 'http_5xx_ratio', at, summary: 'bills answers 5xx' },
      logs: Array.from({ length: 6 }, (_, n) => ({
        t: at - 90 + n * 15,
        node: 'bills',
        level: 'ERROR',
        msg: "TypeError: Cannot read properties of undefined (reading 'taxNumber')",
      })),
      changes: [
        {
          t: at - 600,
          sha,
          message: 'print tax numbers',
          files: ['bills/print.ts'],
          kind: 'commit',
          diff: '@@ function print(order) {\n-  const tax = order.company ? order.company.taxNumber : "";\n+  const tax = order.company.taxNumber;',
        },
        {
          t: at - 500,
          sha: 'c0c0',
          message: 'softer colours',
          files: ['bills/theme.css'],
          kind: 'commit',
          diff: '@@\n-  color: red;\n+  color: pink;',
        },
        { t: at - 120, node: 'bills', sha, kind: 'deploy' },
      ],
    });
    expectSane(answer);
    expect(answer).toMatchObject({
      abstain: false,
      cause: 'bad-deployment',
      change: sha,
      ranked: [{ node: 'bills' }, ...answer.ranked.slice(1)],
    });
  });

  it('names a cause outside and blames no change for it', () => {
    const answer = answerTo({
      alert: { node: 'desk', metric: 'upstream_call_error_ratio', at, summary: 'calls of desk to bank fail' },
      logs: Array.from({ length: 6 }, (_, n) => ({
        t: at - 90 + n * 15,
        node: 'desk',
        level: 'ERROR',
        msg: 'call to bank failed: x509: certificate has expired or is not yet valid',
      })),
      changes: [
        {
          t: at - 300,
          node: 'desk',
          sha: 'abcdef0',
          message: 'rename the bank client',
          kind: 'commit',
          diff: '@@\n-func newBankClient() {\n+func newBank() {',
        },
      ],
    });
    expectSane(answer);
    expect(answer).toMatchObject({ abstain: false, change: 'none', action: 'rotate-certificate' });
  });
});

describe('hostile cases', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
  const hostile: Record<string, object> = {
    'names of prototypes': {
      alert: { node: '__proto__', metric: 'latency', stat: 'Average', at },
      edges: names.map((name, n) => [name, names[(n + 1) % names.length]]),
      metrics: names.map((name) => latency(name, step(60, 1, 5))),
      logs: names.map((name) => ({ t: at, node: name, level: 'ERROR', msg: `${name} failed: constructor is not a function` })),
      spans: names.map((name) => ({
        trace: '__proto__',
        span: name,
        parent: 'toString',
        node: name,
        start: at,
        durationMs: 5,
        status: 'ERROR',
      })),
      changes: [
        {
          t: at - 60,
          node: 'constructor',
          sha: '__proto__',
          message: 'toString',
          files: ['__proto__'],
          diff: '@@\n+__proto__',
          kind: 'commit',
        },
      ],
    },
    'a circle, a call of oneself, and nodes nobody knows': {
      edges: [
        ['shop', 'cart'],
        ['cart', 'shop'],
        ['cart', 'cart'],
        ['ghost', 'other ghost'],
      ],
      metrics: [latency('shop', step(60, 1, 3)), latency('cart', step(60, 1, 2.9))],
    },
    'a chain of ten thousand nodes': {
      edges: Array.from({ length: 10_000 }, (_, n) => [`n${n}`, `n${n + 1}`]),
      metrics: [latency('n0', step(60, 1, 3))],
    },
    'series that are empty, full of nulls, constant, and all at one time': {
      metrics: [
        latency('shop', []),
        latency(
          'cart',
          times(60).map(() => null),
        ),
        latency(
          'cart',
          times(60).map(() => 0),
        ),
        latency('shop', step(60, 1, 5), { t: times(60).map(() => at) }),
      ],
    },
    'the largest and the smallest numbers, long ago and far ahead': {
      metrics: [
        { node: 'shop', metric: 'latency', stat: 'Average', t: [-1e300, 0, at, 1e300], v: [1e308, -1e308, 5e-324, null] },
        { node: 'shop', metric: 'requests', t: times(60), v: times(60).map(() => 1e308) },
        { node: 'shop', metric: 'availability', t: times(60), v: times(60).map((_, n) => (n % 2 ? -1e308 : 1e308)) },
      ],
    },
    'two hundred thousand points of a volume and of traffic': {
      metrics: ['disk_used_percent', 'requests', 'latency'].map((metric) => ({
        node: 'shop',
        metric,
        t: times(200_000, 0.001),
        v: times(200_000).map((_, n) => n % 97),
      })),
    },
    'texts of a megabyte': {
      alert: { node: 'shop', at, summary: 'error '.repeat(150_000) },
      logs: ['x', 'certificate ', '{"', '1.', '-', 'at '].map((word) => ({
        t: at,
        node: 'shop',
        level: 'ERROR',
        msg: word.repeat(100_000),
      })),
      changes: [{ t: at - 60, sha: 'abc', kind: 'commit', diff: `@@\n+${'a('.repeat(200_000)}` }],
    },
    'patterns in place of names': {
      alert: { node: '([{*+?^$\\', metric: '(((', at },
      logs: [{ t: at, node: '*', level: 'ERROR', msg: '([{*+?^$\\ failed' }],
      changes: [{ t: at - 60, sha: '(', message: '[', files: ['(('], diff: '((', kind: 'commit' }],
    },
    'spans that are their own parents': {
      spans: [
        { trace: 't', span: 'a', parent: 'b', node: 'shop', start: at, durationMs: 5, status: 'ERROR' },
        { trace: 't', span: 'b', parent: 'a', node: 'cart', start: at, durationMs: -5, status: 'ERROR' },
        { trace: 't', span: 'c', parent: 'c', node: 'cart', start: at, durationMs: 1e300, status: '' },
      ],
    },
  };

  it.each(Object.entries(hostile))('are answered: %s', (_name, fields) => {
    expectSane(answerTo(fields));
  });
});

describe('any case', () => {
  const node = fc.constantFrom('a', 'b', 'c', 'd');
  const time = fc.integer({ min: at - 3600, max: at + 600 });
  const value = fc.option(fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.constantFrom(0, 1, 100)), { nil: null });
  const series = fc
    .record({
      node,
      metric: fc.constantFrom('latency', 'availability', 'requests', 'cpu_utilization', 'client_latency:b', 'odd'),
      points: fc.array(fc.tuple(time, value), { maxLength: 30 }),
    })
    .map(({ points, ...rest }) => ({ ...rest, stat: 'Average', t: points.map(([t]) => t), v: points.map(([, v]) => v) }));
  const words = fc.constantFrom(
    'request handled',
    'connection refused by b',
    'timeout after 30 s',
    'certificate expired',
    'pool exhausted: 10 of 10',
    '',
  );
  const any = fc.record({
    id: fc.constant('a'),
    alert: fc.record({
      node,
      metric: fc.constantFrom('latency', 'availability', 'odd', ''),
      stat: fc.constant('Average'),
      at: fc.constant(at),
    }),
    edges: fc.array(fc.tuple(node, node), { maxLength: 6 }),
    metrics: fc.array(series, { maxLength: 6 }),
    logs: fc.array(fc.record({ t: time, node, level: fc.constantFrom('INFO', 'ERROR'), msg: words }), { maxLength: 12 }),
    changes: fc.array(
      fc.record({
        t: time,
        node,
        sha: fc.constantFrom('aaaaaaa', 'bbbbbbb', ''),
        message: words,
        kind: fc.constantFrom('commit' as const, 'deploy' as const, 'flag' as const),
      }),
      { maxLength: 5 },
    ),
  });

  it('gets a sane answer, the same one each time', () => {
    fc.assert(
      fc.property(any, (given) => {
        const [one, other] = [diagnoseCase(Case.parse(given)), diagnoseCase(Case.parse(given))];
        expectSane(one);
        expect(other).toEqual(one);
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });
});
