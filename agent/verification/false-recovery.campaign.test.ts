/**
 * R8: a service fails all the time, and what Prometheus says about it is spoilt in every way that makes trouble invisible. Nothing may
 * be called recovered. The replies go through the real evidence plug-in; only the network is left out.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../domain/plan.ts';
import { prometheus } from '../evidence/prometheus/index.ts';
import { referenceOf, samplesOf } from '../graph/facts.ts';
import { campaign } from '../testing/campaign.ts';
import { createShopPrometheus, type Row, type ScrapedShop, type ShopPrometheus } from '../testing/scraped-shop.ts';
import { judgeRecovery } from './judge-recovery.ts';
import type { Recovery, Sample } from './sample.ts';
import { verificationSettingsSchema } from './settings.ts';

const settings = verificationSettingsSchema.parse({ graceSeconds: 30, holdSeconds: 120, deadlineSeconds: 600 });
const began = Date.parse('2026-03-10T12:00:00.000Z');
const onset = 600;
const decided = 780;
const end = 2000;
const lookEvery = 30;

const measures = {
  requests: /^sum by \([^)]*\) \(rate\(http_requests_total\{(?![^[]*code=~)/,
  errors: /^sum by \([^)]*\) \(rate\(http_requests_total\{[^[]*code=~/,
  latency: /^histogram_quantile/,
  targets: /\(up\{/,
} as const;

/** From `from` to `to`, seconds after the decision, Prometheus does not say what is true. */
interface Disguise {
  from: number;
  to: number;
  kind:
    | 'empty'
    | 'nan'
    | 'infinite'
    | 'negative-infinite'
    | 'stale'
    | 'gone'
    | 'error'
    | 'no-json'
    | 'restarted'
    | 'wrong-unit'
    | 'no-number';
  hides: (keyof typeof measures)[];
}

interface Case {
  tasks: number;
  sick: number;
  errorShare: number;
  latencySeconds: number;
  step: Step | null;
  disguises: Disguise[];
  /** Tasks that are scraped no more from a second after the decision on, the sick ones first. */
  unscraped: { count: number; from: number } | null;
  restarts: number[];
}

const disguise: fc.Arbitrary<Disguise> = fc
  .record({
    from: fc.nat(500),
    length: fc.oneof(fc.constant(2000), fc.nat(600)),
    kind: fc.constantFrom(
      ...([
        'empty',
        'nan',
        'infinite',
        'negative-infinite',
        'stale',
        'gone',
        'error',
        'no-json',
        'restarted',
        'wrong-unit',
        'no-number',
      ] as const),
    ),
    hides: fc.subarray(['requests', 'errors', 'latency', 'targets'] as const, { minLength: 1 }),
  })
  .map(({ from, length, kind, hides }) => ({ kind, from, to: from + length, hides: hides.filter((one) => canHide(kind, one, hides)) }));

function canHide(kind: Disguise['kind'], measure: keyof typeof measures, hides: readonly string[]): boolean {
  // Requests and failed ones are one metric, and a count of targets has no unit.
  if (kind === 'wrong-unit')
    return measure === 'latency' || (measure !== 'targets' && hides.includes('requests') && hides.includes('errors'));
  // Requests without a series of failed ones is how Prometheus says that none failed: errors cannot vanish alone.
  return measure !== 'errors' || hides.includes('requests') || !['empty', 'restarted'].includes(kind);
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    tasks: fc.integer({ min: 1, max: 4 }),
    sick: fc.integer({ min: 1, max: 4 }),
    errorShare: fc.constantFrom(0, 0.3, 0.6, 1),
    latencySeconds: fc.constantFrom(0.05, 0.9, 4),
    step: fc.constantFrom<Step | null>('execute', 'execute', 'undo', null),
    disguises: fc.array(disguise, { minLength: 1, maxLength: 3 }),
    unscraped: fc.option(fc.record({ count: fc.integer({ min: 1, max: 4 }), from: fc.integer({ min: -60, max: 500 }) })),
    restarts: fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 4 }),
  })
  // One of both must be plainly bad, or nothing is wrong with the service at all.
  .map((drawn) => (drawn.errorShare === 0 && drawn.latencySeconds < 1 ? { ...drawn, errorShare: 0.6 } : drawn))
  // The sick tasks alone must carry the service over the limit.
  .map((drawn) => ({ ...drawn, sick: Math.min(drawn.tasks, drawn.sick) }));

function shopOf(one: Case): ScrapedShop {
  const well = { requestsPerSecond: 10, errorShare: 0.001, latencySeconds: 0.05 };
  const ill = { requestsPerSecond: 10, errorShare: one.errorShare, latencySeconds: one.latencySeconds };
  const task = (index: number) => ({
    id: `task-${index}`,
    truth: (second: number) => (index < one.sick && second >= onset ? ill : well),
    scraped: (second: number) => !(one.unscraped && index < one.unscraped.count && second >= decided + one.unscraped.from),
    restarts: one.restarts.map((at) => decided + at),
  });
  const cart = { id: 'cart-1', truth: () => well, scraped: () => true, restarts: [] };
  return { checkout: Array.from({ length: one.tasks }, (_, index) => task(index)), cart: [cart] };
}

function reply(rows: readonly Row[], second: number): Response {
  const result = rows.map(({ labels, value }) => ({ metric: labels, value: [(began + second * 1000) / 1000, value] }));
  return Response.json({ status: 'success', data: { resultType: 'vector', result } });
}

function spoilt(kind: Disguise['kind'], prometheusOfShop: ShopPrometheus, expression: string, second: number, from: number): Response {
  const rows = prometheusOfShop.rows(expression, second);
  const all = (value: (row: Row) => string) =>
    reply(
      rows.map((row) => ({ ...row, value: value(row) })),
      second,
    );
  switch (kind) {
    case 'empty':
      return reply([], second);
    case 'nan':
      return all(() => 'NaN');
    case 'infinite':
      return all(() => '+Inf');
    case 'negative-infinite':
      return all(() => '-Inf');
    case 'stale':
      // What a cache would hand out: all was well then.
      return reply(prometheusOfShop.rows(expression, onset - 60), onset - 60);
    case 'gone':
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }) });
    case 'error':
      return Response.json({ status: 'error', errorType: 'execution', error: 'expanding series' }, { status: 503 });
    case 'no-json':
      return new Response('<html>gateway</html>');
    case 'restarted':
      return reply(prometheusOfShop.rows(expression, second, from), second);
    case 'wrong-unit':
      // Milliseconds where seconds belong, per minute where per second belongs.
      return all(({ value }) => String(Number(value) * (expression.startsWith('histogram') ? 1000 : 60)));
    case 'no-number':
      return all(() => 'about 3');
  }
}

function fetchFrom(one: Case): typeof fetch {
  const answers = createShopPrometheus(shopOf(one), end);
  return async (_, init) => {
    const form = new URLSearchParams(String(init?.body));
    const expression = form.get('query') ?? '';
    const second = Math.round(Number(form.get('time')) - began / 1000);
    const disguised = one.disguises.find(
      ({ from, to, hides }) =>
        second >= decided + from && second <= decided + to && hides.some((measure) => measures[measure].test(expression)),
    );
    if (disguised) return spoilt(disguised.kind, answers, expression, second, decided + disguised.from);
    return reply(answers.rows(expression, second), second);
  };
}

/** As the verification looks: every half minute, until it knows. */
async function verdictOf(one: Case): Promise<{ result: Recovery; reasons: string[] }> {
  const source = prometheus.create(prometheus.config.parse({ url: 'http://prometheus.test' }), { fetch: fetchFrom(one) });
  const at = (second: number) => new Date(began + second * 1000);
  const state = { kind: 'service-state' as const, status: 'ACTIVE', pending: 0, taskDefinition: 'checkout:7', events: [] };
  const ecsFacts = [{ ...state, service: 'checkout', desired: one.tasks, running: one.tasks }];
  const look = async (second: number) => {
    const question = { cluster: 'shop', focus: [], onset: at(onset), now: at(second), recentSeconds: 120, baselineSeconds: 450 };
    const answer = await source.ask(question, new AbortController().signal);
    const common = { question: '', from: '', to: '', status: answer.status, detail: '', durationMs: 0 };
    return [{ ...common, id: 'e1' as never, source: 'prometheus', facts: [...answer.facts, ...ecsFacts] }];
  };
  const services = ['checkout', 'cart'];
  const before = referenceOf(await look(decided), services);
  const samples: Sample[] = [];
  for (let second = decided + lookEvery; second <= end; second += lookEvery) {
    samples.push({ at: at(second).toISOString(), services: samplesOf(await look(second), services), alarms: [] });
    const judged = judgeRecovery(
      {
        step: one.step,
        desiredAfter: null,
        shareOfCapacity: 0,
        needsProof: true,
        // The worst case: who told the alert says that it is over, so that nothing but the looks speaks against it.
        isAlertOver: true,
        standing: [],
        service: 'checkout',
        target: 'checkout',
        before,
        neighbours: ['cart'],
        callees: [],
        samples,
        decidedAt: at(decided).toISOString(),
        now: at(second).toISOString(),
      },
      settings,
    );
    if (judged.result !== 'pending') return judged;
  }
  return { result: 'pending', reasons: [] };
}

const noCase: Case = {
  tasks: 2,
  sick: 2,
  errorShare: 0.6,
  latencySeconds: 0.9,
  step: 'execute',
  disguises: [],
  unscraped: null,
  restarts: [],
};

campaign(
  { id: 'R8', title: 'a failing service whose signals are spoilt is never called recovered', store: 'none', runs: { ci: 100, lab: 5_000 } },
  async (run) => {
    const verdicts = new Map<Recovery, number>();
    await run.check(
      fc.asyncProperty(cases, async (one) => {
        const { result, reasons } = await verdictOf(one);
        verdicts.set(result, (verdicts.get(result) ?? 0) + 1);
        expect(result, reasons.join(' ')).not.toBe('recovered');
        // Every watch ends: nothing is waited for without end.
        expect(result).not.toBe('pending');
      }),
    );
    for (const [verdict, count] of verdicts) run.measure(`verdict ${verdict}`, count);
  },
);

describe('the way from the scrapes to the verdict', () => {
  it('shows a failing service that nothing hides', async () => {
    expect((await verdictOf(noCase)).result).toMatch(/^(not-recovered|harmed)$/);
  });

  it('shows a service that is well, also after its tasks began to count anew', async () => {
    expect((await verdictOf({ ...noCase, sick: 0 })).result).toBe('recovered');
    expect((await verdictOf({ ...noCase, sick: 0, restarts: [10, 100] })).result).toBe('recovered');
  });
});
