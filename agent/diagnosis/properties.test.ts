import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EvidenceId } from '../domain/ids.ts';
import { Case, taskIds } from '../testing/diagnosis-case.ts';
import { auditChanges } from './audit/audit-changes.ts';
import { commitFinding } from './audit/audit-commit.ts';
import { findInSeries } from './corroboration/find-in-series.ts';
import { diagnose } from './diagnose.ts';
import type { DiagnosisInput } from './input.ts';
import { localize } from './localize.ts';
import { diagnosisSettingsSchema } from './settings.ts';

const settings = diagnosisSettingsSchema.parse({});
const services = ['storefront', 'catalog', 'cart', 'checkout', 'payment', 'database'];

const pair = (worst: number) =>
  fc.tuple(fc.option(fc.double({ min: 0, max: worst, noNaN: true })), fc.option(fc.double({ min: 0, max: worst / 2, noNaN: true })));
const readings = fc.record(
  { 'error-ratio': pair(1), 'latency-p95': pair(3), 'request-rate': pair(40), 'in-flight': pair(20) },
  { requiredKeys: [] },
);
const service = fc.constantFrom(...services);

/** A service in plain trouble, as a whole or in one task, amid random trouble in signals, capacity and deployments. */
const inputs: fc.Arbitrary<DiagnosisInput> = fc
  .record({
    seat: service,
    alert: fc.constantFrom('HighErrorRatio', 'HighLatency', 'ServiceDown'),
    trouble: fc.record({
      'error-ratio': pair(1),
      'latency-p95': fc.tuple(fc.double({ min: 0.1, max: 3, noNaN: true }), fc.constant(0.05)),
    }),
    tasksInTrouble: fc.integer({ min: 0, max: 3 }),
    others: fc.array(fc.tuple(service, readings), { maxLength: 2 }),
    calls: fc.array(fc.tuple(service, service, readings), { maxLength: 4 }),
    deployments: fc.array(
      fc.tuple(service, fc.integer({ min: -5000, max: 100 }), fc.constantFrom('COMPLETED' as const, 'IN_PROGRESS' as const)),
      { maxLength: 2 },
    ),
    capacity: fc.array(fc.tuple(service, fc.nat(3), fc.nat(3)), { maxLength: 1 }),
  })
  .map(({ seat, alert, trouble, tasksInTrouble, others, calls, deployments, capacity }) => {
    const scene = new Case().service(seat, trouble);
    for (const taskId of taskIds(seat).slice(0, tasksInTrouble)) scene.task(seat, taskId, trouble);
    for (const [name, values] of others) scene.service(name, values);
    for (const [caller, callee, values] of calls) scene.call(caller, callee, values);
    for (const [index, [name, seconds, state]] of deployments.entries()) scene.deployed(name, `${name}:${index + 2}`, seconds, state);
    for (const [name, desired, running] of capacity) scene.state(name, desired, running);
    return scene.input(seat, alert);
  });

it('never claims without citing evidence, and never with certainty', () => {
  let claims = 0;
  fc.assert(
    fc.property(inputs, (input) => {
      const known = new Set(input.facts.map((fact) => fact.evidenceId));
      for (const { evidence, confidence, refutedBy, because } of diagnose(input, settings).ranked) {
        claims += 1;
        expect(evidence.length).toBeGreaterThan(0);
        expect(evidence.every((id) => known.has(id))).toBe(true);
        expect(confidence).toBeGreaterThan(0);
        expect(confidence).toBeLessThan(1);
        expect(because.length).toBeGreaterThan(0);
        expect(refutedBy).not.toBe('');
      }
    }),
    { numRuns: 300 },
  );
  expect(claims).toBeGreaterThan(50);
});

/** The same questions answered by two rounds of evidence that disagree. */
const twice = fc.tuple(inputs, inputs).map(([first, second]) => {
  const again = second.facts.map((fact) => ({ ...fact, evidenceId: EvidenceId.parse(`${fact.evidenceId}-2`) }));
  return { ...first, facts: [...first.facts, ...again] };
});

it('answers the same whatever the order of the facts', () => {
  fc.assert(
    fc.property(
      twice.chain((input) => fc.tuple(fc.constant(input), fc.shuffledSubarray([...input.facts], { minLength: input.facts.length }))),
      ([input, facts]) => {
        expect(diagnose({ ...input, facts }, settings)).toEqual(diagnose(input, settings));
        expect(localize({ ...input, facts }, settings)).toEqual(localize(input, settings));
      },
    ),
    { numRuns: 150 },
  );
});

it('answers the same when services and tasks bear other names', () => {
  // Reversed order of the alphabet, so that nothing may hang on which name comes first.
  const names = new Map(services.map((name, index) => [name, `svc-${services.length - index}`]));
  const rename = <T>(value: T): T => {
    let text = JSON.stringify(value);
    for (const [from, to] of names) text = text.replaceAll(from, to);
    return JSON.parse(text) as T;
  };
  fc.assert(
    fc.property(inputs, (input) => {
      const outcome = (given: DiagnosisInput) => {
        const { conclusion, ranked } = diagnose(given, settings);
        return { conclusion, path: localize(given, settings).path, ranked: ranked.map(({ because, ...claim }) => claim) };
      };
      expect(outcome(rename(input))).toEqual(rename(outcome(input)));
    }),
    { numRuns: 150 },
  );
});

it('never says no fault when a reading of the alerting service is missing', () => {
  fc.assert(
    fc.property(inputs, fc.constantFrom('error-ratio', 'latency-p95'), (input, signal) => {
      const alerting = input.alert.resource.service;
      const facts = input.facts.map((fact) =>
        fact.kind === 'service-signal' && fact.service === alerting && fact.signal === signal ? { ...fact, now: null } : fact,
      );
      expect(diagnose({ ...input, facts }, settings).conclusion).not.toBe('no-fault');
    }),
    { numRuns: 150 },
  );
});

/** Of what ECS alone shows people are told, and no action is sure enough on it. */
const shownByEcs = new Set(['planned-zero', 'task-start-failure', 'placement-failure', 'bad-deployment']);

it('names no cause from partial evidence but what ECS alone shows, and that unsurely', () => {
  fc.assert(
    fc.property(inputs, fc.constantFrom('prometheus', 'ecs'), (input, lost) => {
      const sources = (['prometheus', 'ecs'] as const).map((source) => ({
        source,
        status: source === lost ? ('failed' as const) : ('found' as const),
        detail: '',
      }));
      const facts = input.facts.filter((fact) => fact.evidenceId !== lost);
      const told = [diagnose({ ...input, facts, sources }, settings), diagnose({ ...input, facts }, settings)].flatMap(
        ({ ranked }) => ranked,
      );
      if (lost === 'ecs') expect(told).toEqual([]);
      for (const { cause, confidence } of told) {
        expect(shownByEcs).toContain(cause);
        if (cause !== 'planned-zero') expect(confidence).toBeLessThanOrEqual(0.5);
      }
    }),
    { numRuns: 150 },
  );
});

it('never raises a confidence in the audit and adds no cause', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const diagnosis = diagnose(input, settings);
      const { diagnosis: audited } = auditChanges(diagnosis, input, settings);
      for (const { cause, service, taskId, confidence } of audited.ranked) {
        const claimed = diagnosis.ranked.find((one) => one.cause === cause && one.service === service && one.taskId === taskId);
        expect(confidence).toBeLessThanOrEqual(claimed?.confidence ?? -1);
      }
    }),
    { numRuns: 150 },
  );
});

it('is decided by the rules alone without series and changes: the parts that read them say nothing at all', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const past = findInSeries(input);
      expect([past, commitFinding(input)]).toEqual([undefined, undefined]);
      expect(diagnose(input, settings, past)).toEqual(diagnose(input, settings));
    }),
    { numRuns: 150 },
  );
});
