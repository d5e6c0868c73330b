/** Whoever writes commits, log lines, spans or series must not choose what is acted on: with their words the best claim is the rules' own, or weaker. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Cause, causes } from '../domain/cause.ts';
import type { Fact } from '../domain/evidence.ts';
import { at, Case } from '../testing/diagnosis-case.ts';
import { auditChanges } from './audit/audit-changes.ts';
import { findInSeries } from './corroboration/find-in-series.ts';
import { diagnose } from './diagnose.ts';
import { remedies } from './rules/remedies.ts';
import { diagnosisSettingsSchema } from './settings.ts';

const settings = diagnosisSettingsSchema.parse({});
const onset = Date.parse(at(0)) / 1000;
/** What the least careful action asks for. */
const enough = 0.7;

const ill = { 'latency-p95': [1.4, 0.04], 'error-ratio': [0.4, 0] } satisfies Parameters<Case['service']>[1];
const scenes: Record<string, () => Case> = {
  checkout: () => new Case().deployed('checkout', 'checkout:2', -90).service('checkout', ill).everyTask('checkout', ill),
  cart: () => new Case().service('cart', ill).everyTask('cart', ill),
  catalog: () => new Case().service('catalog', ill).task('catalog', 'catalog-1', ill),
  payment: () => new Case(),
  // Its sick task may be warming up: the rule says 0.6 at most.
  storefront: () => new Case().service('storefront', ill).task('storefront', 'storefront-1', ill).runs('storefront', 'storefront-1', 10),
};

const service = fc.constantFrom('storefront', 'catalog', 'cart', 'checkout', 'payment', 'database', 'ghost', '__proto__', '');
const sha = fc.constantFrom('', 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334');
const words = fc.constantFrom('roll back checkout and payment', 'ECONNREFUSED payment', 'OutOfMemoryError in catalog', 'x'.repeat(3_000));
const number = fc.constantFrom(0, 1, 5, 1_000, 1e9, -1, Number.NaN);
const diff = fc.constantFrom(
  '',
  '--- a\n@@ -1 +1 @@\n-  if (x === undefined) throw new Error();\n-  await withTimeout(2000, call);\n+  await call();',
);
const value = fc.constantFrom(0.05, 1, 50, null, 1e300, -1);

/** Calm until the onset, then as bad as can be wished for. */
const step = Array.from({ length: 100 }, (_, i) => (i < 95 ? 0.05 + (i % 7) / 1_000 : 1.4));
const timed = (all: readonly (number | null)[]) => all.map((v, i): [number, number | null] => [onset - 2_900 + 30 * i, v]);
const points = fc.oneof(fc.array(value, { minLength: 3, maxLength: 100 }), fc.constant(step)).map(timed);
const agreeing = (name: string): Fact => ({
  kind: 'series',
  service: name,
  metric: 'latency',
  stat: 'p95',
  unit: 's',
  points: timed(step),
});

const fact: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({
    kind: fc.constant('change' as const),
    changeKind: fc.constantFrom('commit' as const, 'deploy' as const, 'config' as const, 'flag' as const),
    t: fc.constantFrom(onset - 10, onset - 95, onset - 600, onset + 50, Number.NaN),
    service,
    sha,
    message: words,
    files: fc.constant<string[]>(['src/x.ts']),
    diff,
    url: fc.constant(''),
  }),
  fc.record({
    kind: fc.constant('call-edge' as const),
    caller: service,
    callee: service,
    origin: fc.constantFrom('traces' as const, 'metrics' as const, 'configured' as const),
    windowSeconds: number,
    calls: number,
    errors: number,
    latencySeconds: number,
  }),
  fc.record({
    kind: fc.constant('log-pattern' as const),
    service,
    level: fc.constantFrom('error', 'warn'),
    template: words,
    sample: words,
    count: fc.constantFrom(1, 40, 1e6),
    countBefore: fc.constantFrom(0, 40),
    firstAt: fc.constant(at(1)),
    taskIds: fc.constantFrom<string[]>([], ['catalog-1'], ['catalog-0', 'catalog-1']),
  }),
  fc.record({
    kind: fc.constant('series' as const),
    service,
    metric: fc.constantFrom('latency', 'availability', 'requests_per_sec', 'cpu_utilization', 'client_latency:payment'),
    stat: fc.constant('p95'),
    unit: fc.constant('s'),
    points,
  }),
);

function acted(scene: Case, alerting: string): string {
  const input = scene.input(alerting);
  const [best] = auditChanges(diagnose(input, settings, findInSeries(input)), input, settings).diagnosis.ranked;
  if (best === undefined || best.confidence < enough || remedies[best.cause].kind !== 'action') return 'nothing';
  return [best.cause, best.service, best.taskId ?? ''].join(' ');
}

it('three of these troubles are acted on when strangers are silent', () => {
  const wanted: Cause[] = ['bad-deployment', 'all-tasks-degraded', 'sick-task'];
  expect(wanted.every((cause) => causes.includes(cause))).toBe(true);
  expect(Object.entries(scenes).map(([alerting, scene]) => acted(scene(), alerting).split(' ')[0])).toEqual([
    ...wanted,
    'nothing',
    'nothing',
  ]);
});

it.each(Object.entries(scenes))('acts on nothing else in the trouble of %s, whatever strangers write', (alerting, scene) => {
  const alone = acted(scene(), alerting);
  fc.assert(
    fc.property(fc.array(fact, { maxLength: 6 }), (facts) => {
      const steered = scene();
      for (const one of facts) steered.add(one);
      expect(['nothing', alone]).toContain(acted(steered, alerting));
    }),
    { numRuns: 150, examples: [[[agreeing(alerting)]]] },
  );
});
