/** How often a confidence is right, over incidents drawn at random. The table in rules/README.md is of the same incidents. */
import { expect, it } from 'vitest';
import type { Hypothesis } from '../domain/cause.ts';
import { simulatedIncidents, type Truth } from '../testing/simulated-incidents.ts';
import { auditChanges } from './audit/audit-changes.ts';
import { diagnose } from './diagnose.ts';
import { diagnosisSettingsSchema } from './settings.ts';

const settings = diagnosisSettingsSchema.parse({});
const judged = simulatedIncidents(1, 2000).map(({ input, truth }) => {
  const diagnosis = diagnose(input, settings);
  return { truth, alone: diagnosis.ranked[0], best: auditChanges(diagnosis, input, settings).diagnosis.ranked[0] };
});

/** A task that burns CPU is a sick task: naming it so names the same task and the same remedy. */
function isRight(claim: Hypothesis, { cause, service, taskId }: Truth): boolean {
  const sameCause = claim.cause === cause || (cause === 'cpu-runaway' && claim.cause === 'sick-task');
  return sameCause && claim.service === service && (taskId === undefined || claim.taskId === undefined || claim.taskId === taskId);
}
function band(least: number, below: number) {
  const claims = judged.flatMap(({ best, truth }) =>
    best && best.confidence >= least && best.confidence < below ? [{ best, truth }] : [],
  );
  return { number: claims.length, right: claims.filter(({ best, truth }) => isRight(best, truth)).length / claims.length };
}

it('claims nothing where nothing is wrong', () => {
  const fine = judged.filter(({ truth }) => truth.cause === 'none');
  expect(fine.length).toBeGreaterThan(100);
  expect(fine.filter(({ best }) => best !== undefined)).toEqual([]);
});

it.each([
  [0.7, 0.8],
  [0.8, 0.9],
  [0.9, 1],
])('is right at least as often as it says between %d and %d', (least, below) => {
  const { number, right } = band(least, below);
  expect(number).toBeGreaterThan(100);
  // Two standard deviations of a share, for so few.
  expect(right).toBeGreaterThanOrEqual(least - 2 * Math.sqrt((least * (1 - least)) / number));
});

it('is right more often where it is sure than where it is not', () => {
  expect(band(0.7, 1).right).toBeGreaterThan(band(0.3, 0.7).right + 0.2);
});

it('finds most of what is wrong, and is sure of more than half', () => {
  const ill = judged.filter(({ truth }) => truth.cause !== 'none');
  const right = ill.filter(({ best, truth }) => best && isRight(best, truth));
  expect(right.length / ill.length).toBeGreaterThan(0.6);
  expect(right.filter(({ best }) => (best?.confidence ?? 0) >= 0.7).length / ill.length).toBeGreaterThan(0.5);
});

it('is surely wrong less often after rivals have been weighed', () => {
  const wrong = (which: 'alone' | 'best') => {
    const sure = judged.flatMap(({ truth, ...claims }) =>
      (claims[which]?.confidence ?? 0) >= 0.7 ? [{ claim: claims[which], truth }] : [],
    );
    return sure.filter(({ claim, truth }) => claim && !isRight(claim, truth)).length / sure.length;
  };
  expect(wrong('best')).toBeLessThan(0.9 * wrong('alone'));
});
