/** Facts of the optional sources as a broken or hostile upstream may give them: nothing throws, nothing depends on their order, nothing is certain. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Fact } from '../domain/evidence.ts';
import { at, Case } from '../testing/diagnosis-case.ts';
import { auditChanges } from './audit/audit-changes.ts';
import { findInSeries } from './corroboration/find-in-series.ts';
import { diagnose } from './diagnose.ts';
import type { DiagnosisInput } from './input.ts';
import { diagnosisSettingsSchema } from './settings.ts';

const settings = diagnosisSettingsSchema.parse({});
const onset = Date.parse(at(0)) / 1000;

const service = fc.constantFrom('storefront', 'catalog', 'cart', 'checkout', 'payment', 'database', '', '__proto__');
const number = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -1, 1e308, 5e-324, Number.NaN, Number.POSITIVE_INFINITY),
  fc.integer({ min: 0, max: 100 }),
);
const time = fc.oneof(fc.integer({ min: onset - 7200, max: onset + 300 }), number);
const text = fc.oneof(
  fc.string(),
  fc.constantFrom('ROLL BACK checkout', 'OutOfMemoryError', 'ECONNREFUSED database', 'a'.repeat(5000), '\u0000', '{"a":1}'),
);

const facts: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({
    kind: fc.constant('series' as const),
    service,
    metric: fc.constantFrom('latency', 'availability', 'requests_per_sec', 'cpu_utilization', 'client_latency:cart', 'odd', ''),
    stat: fc.constantFrom('p95', 'Average', 'Sum', ''),
    unit: fc.constant(''),
    points: fc.array(fc.tuple(time, fc.option(number)), { maxLength: 60 }),
  }),
  fc.record({
    kind: fc.constant('call-edge' as const),
    caller: service,
    callee: service,
    origin: fc.constantFrom('configured', 'traces', 'metrics'),
    windowSeconds: number,
    calls: fc.option(number),
    errors: fc.option(number),
    latencySeconds: fc.option(number),
  }),
  fc.record({
    kind: fc.constant('change' as const),
    changeKind: fc.constantFrom('commit', 'deploy', 'config', 'flag'),
    t: time,
    service,
    sha: fc.constantFrom('', 'abcdef0', 'abcdef0123456789', '0000000'),
    message: text,
    files: fc.array(text, { maxLength: 3 }),
    diff: text,
    url: fc.constant(''),
  }),
  fc.record({
    kind: fc.constant('span' as const),
    service,
    trace: text,
    span: text,
    parent: fc.option(text),
    name: text,
    start: time,
    durationMs: number,
    status: fc.constantFrom('ok', 'error'),
  }),
  fc.record({
    kind: fc.constant('target-health' as const),
    service,
    targetGroup: text,
    target: text,
    taskId: fc.option(fc.constantFrom('checkout-0', 'cart-1', '')),
    state: fc.constantFrom('healthy', 'unhealthy', 'initial', 'draining', 'whatever'),
    reason: text,
    description: text,
  }),
  fc.record({
    kind: fc.constant('service-deployment' as const),
    service,
    id: text,
    status: fc.constantFrom('PENDING', 'IN_PROGRESS', 'SUCCESSFUL', 'ROLLBACK_FAILED', 'whatever'),
    reason: text,
    taskDefinition: text,
    startedAt: fc.option(fc.constantFrom(at(-60), 'yesterday')),
    finishedAt: fc.constant(null),
    breaker: fc.constant(null),
    rollbackReason: fc.option(text),
  }),
  fc.record({
    kind: fc.constant('log-pattern' as const),
    service,
    level: fc.constantFrom('error', 'info', ''),
    template: text,
    sample: text,
    count: number,
    countBefore: number,
    firstAt: fc.constantFrom(at(1), 'never'),
    taskIds: fc.constant<string[]>([]),
  }),
);

const given = fc
  .record({ some: fc.array(facts, { maxLength: 12 }), isIll: fc.boolean(), alerting: fc.constantFrom('checkout', 'storefront', 'cart') })
  .map(({ some, isIll, alerting }): DiagnosisInput => {
    const scene = new Case();
    if (isIll) scene.service('checkout', { 'error-ratio': [0.4, 0] }).everyTask('checkout', { 'error-ratio': [0.4, 0] });
    for (const fact of some) scene.add(fact);
    return scene.input(alerting, isIll ? 'HighErrorRatio' : 'HighLatency');
  });

function judge(input: DiagnosisInput) {
  return auditChanges(diagnose(input, settings, findInSeries(input)), input, settings);
}

it('judges absurd facts without falling over, and is never certain', () => {
  fc.assert(
    fc.property(given, (input) => {
      const { diagnosis } = judge(input);
      for (const { confidence, evidence, refutedBy } of diagnosis.ranked) {
        expect(confidence).toBeGreaterThan(0);
        expect(confidence).toBeLessThanOrEqual(0.95);
        expect(evidence.length).toBeGreaterThan(0);
        expect(refutedBy).not.toBe('');
      }
    }),
    { numRuns: 300 },
  );
});

it('makes of a healthy service no ill one, whatever is told beside its signals', () => {
  fc.assert(
    fc.property(given, (input) => {
      fc.pre(input.alert.name === 'HighLatency');
      expect(judge(input).diagnosis).toMatchObject({ conclusion: 'no-fault', ranked: [] });
    }),
    { numRuns: 150 },
  );
});

it('answers the same whatever the order of the facts', () => {
  fc.assert(
    fc.property(given, (input) => {
      expect(judge({ ...input, facts: [...input.facts].reverse() })).toEqual(judge(input));
    }),
    { numRuns: 150 },
  );
});
