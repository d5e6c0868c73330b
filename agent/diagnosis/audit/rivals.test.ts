import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Cause, causes, type Hypothesis } from '../../domain/cause.ts';
import { EvidenceId } from '../../domain/ids.ts';
import { weighRivals } from './rivals.ts';

function claim(cause: Cause, confidence: number, service = 'catalog', taskId?: string): Hypothesis {
  const evidence = [EvidenceId.parse('ecs')];
  return { cause, service, confidence, evidence, because: ['x'], refutedBy: 'y', ...(taskId === undefined ? {} : { taskId }) };
}
const confidences = (...claims: Hypothesis[]) => weighRivals(claims).map(({ confidence }) => confidence);

it('leaves a claim alone that stands alone', () => {
  const alone = [claim('sick-task', 0.85, 'catalog', 'catalog-1')];
  expect(weighRivals(alone)).toEqual(alone);
});

it('lets equal rivals halve each other, and a weak one take little from a strong one', () => {
  expect(confidences(claim('out-of-memory', 0.9), claim('overload', 0.9))).toEqual([0.47, 0.47]);
  const [strong = 0, weak = 0] = confidences(claim('out-of-memory', 0.9), claim('overload', 0.35));
  expect(strong).toBeGreaterThanOrEqual(0.85);
  expect(weak).toBeLessThan(0.06);
});

it('says to whom a claim lost', () => {
  const [, lost] = weighRivals([claim('out-of-memory', 0.9), claim('overload', 0.5)]);
  expect(lost?.because.at(-1)).toBe('less than 0.50 since out-of-memory in catalog (0.90) would explain it too');
});

it('counts causes in different services as rivals', () => {
  expect(confidences(claim('all-tasks-degraded', 0.8), claim('dependency-fault', 0.8, 'database'))[0]).toBeLessThan(0.5);
});

it.each([
  ['that the trouble sits in the same service', claim('dependency-fault', 0.6), claim('sick-task', 0.8, 'catalog', 'catalog-1')],
  [
    'that a task is sick, of what ails it',
    claim('sick-task', 0.9, 'catalog', 'catalog-1'),
    claim('cpu-runaway', 0.8, 'catalog', 'catalog-1'),
  ],
  ['that tasks are missing, of a release whose tasks fail', claim('capacity-loss', 0.6), claim('bad-deployment', 0.8)],
  ['that all tasks suffer, of load', claim('all-tasks-degraded', 0.6), claim('overload', 0.8)],
] as const)('takes nothing for a claim which only says %s', (_, consequence, cause) => {
  expect(confidences(consequence, cause)[1]).toBe(cause.confidence);
});

it('never raises a confidence, and rivals never add up to more than one', () => {
  const some = fc.uniqueArray(fc.tuple(fc.constantFrom(...causes), fc.integer({ min: 1, max: 95 })), {
    selector: ([cause]) => cause,
    maxLength: 6,
  });
  fc.assert(
    fc.property(some, (drawn) => {
      const claims = drawn.map(([cause, percent], index) => claim(cause, percent / 100, `service-${index}`));
      const weighed = weighRivals(claims);
      for (const [index, { confidence }] of weighed.entries()) expect(confidence).toBeLessThanOrEqual(claims[index]?.confidence ?? 0);
      if (weighed.length > 1) expect(weighed.reduce((sum, { confidence }) => sum + confidence, 0)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 300 },
  );
});
