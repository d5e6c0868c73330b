import { expect, it } from 'vitest';
import type { Cause, Diagnosis } from '../../domain/cause.ts';
import { EvidenceId } from '../../domain/ids.ts';
import { Case } from '../../testing/diagnosis-case.ts';
import { diagnosisSettingsSchema } from '../settings.ts';
import { auditChanges } from './audit-changes.ts';

const settings = diagnosisSettingsSchema.parse({});
const evidence = [EvidenceId.parse('ecs')];

function claims(...list: [Cause, number, string?][]): Diagnosis {
  const ranked = list.map(([cause, confidence, taskId]) => ({
    cause,
    service: 'catalog',
    confidence,
    evidence,
    because: [],
    refutedBy: 'x',
    ...(taskId ? { taskId } : {}),
  }));
  return { conclusion: 'cause', ranked, reason: 'as the analyst said', evidence };
}
function audit(diagnosis: Diagnosis, scene: Case) {
  return auditChanges(diagnosis, scene.input('catalog'), settings);
}

it('keeps a deployment that came before the onset after a completed revision', () => {
  const audited = audit(claims(['bad-deployment', 0.9]), new Case().deployed('catalog', 'catalog:2', -60));
  expect(audited.vetoed).toBe(false);
  expect(audited.diagnosis.ranked[0]?.confidence).toBe(0.9);
});

it('drops a claimed deployment that came after the onset and puts the next cause first', () => {
  const scene = new Case().deployed('catalog', 'catalog:2', 60);
  const audited = audit(claims(['bad-deployment', 0.9], ['sick-task', 0.8, 'catalog-1']), scene);
  expect(audited.diagnosis.ranked.map(({ cause }) => cause)).toEqual(['sick-task']);
  expect(audited.notes.join()).toContain('after the onset');
});

it('cuts the confidence in a deployment when the revision before it did not complete', () => {
  const scene = new Case().deployed('catalog', 'catalog:2', -600).deployed('catalog', 'catalog:3', -60);
  for (const fact of scene.facts.values())
    if (fact.kind === 'past-deployment' && fact.taskDefinition === 'catalog:2') fact.completed = false;
  expect(audit(claims(['bad-deployment', 0.9]), scene).diagnosis.ranked[0]?.confidence).toBeLessThan(0.7);
});

it('vetoes while ECS rolls the deployment back by itself', () => {
  const scene = new Case().deployed('catalog', 'catalog:2', -60, 'IN_PROGRESS');
  for (const fact of scene.facts.values())
    if (fact.kind === 'deployment') fact.rolloutReason = 'ECS deployment circuit breaker: rolling back';
  const audited = audit(claims(['bad-deployment', 0.9]), scene);
  expect(audited).toMatchObject({ vetoed: true, diagnosis: { conclusion: 'inconclusive', ranked: [] } });
});

it.each([
  ['sick-task', 'catalog-1'],
  ['all-tasks-degraded', undefined],
  ['overload', undefined],
] as const)('vetoes a change for %s while a deployment is in progress', (cause, taskId) => {
  const scene = new Case().deployed('catalog', 'catalog:1', -10, 'IN_PROGRESS');
  expect(audit(claims([cause, 0.9, taskId]), scene).vetoed).toBe(true);
});

it.each([
  ['bad-deployment', 'throttled'],
  ['sick-task', 'throttled'],
  ['sick-task', 'placement-failure'],
  ['all-tasks-degraded', 'placement-failure'],
  ['overload', 'placement-failure'],
] as const)('vetoes a change for %s while ECS says: %s', (cause, meaning) => {
  const scene = () => new Case().deployed('catalog', cause === 'bad-deployment' ? 'catalog:2' : 'catalog:1', -60);
  const claim = () => claims([cause, 0.9, cause === 'sick-task' ? 'catalog-1' : undefined]);
  expect(audit(claim(), scene().says('catalog', 20, meaning)).vetoed).toBe(true);
  // It is over once the service has been steady since.
  expect(audit(claim(), scene().says('catalog', 20, meaning).says('catalog', 40, 'steady-state')).vetoed).toBe(false);
});

it('holds an unexplained new revision against every other cause', () => {
  const scene = new Case().deployed('catalog', 'catalog:2', -60);
  expect(audit(claims(['all-tasks-degraded', 0.9]), scene).diagnosis.ranked[0]?.confidence).toBeLessThanOrEqual(0.5);
});

it('does not take the first deployment of a service for a change', () => {
  const scene = new Case();
  for (const fact of scene.facts.values())
    if (fact.kind === 'deployment') fact.createdAt = new Date(Date.parse(fact.createdAt) + 86_000_000).toISOString();
  expect(audit(claims(['all-tasks-degraded', 0.9]), scene).diagnosis.ranked[0]?.confidence).toBe(0.9);
});

it('drops a task that does not run any more', () => {
  const audited = audit(claims(['sick-task', 0.9, 'catalog-9']), new Case());
  expect(audited.diagnosis.conclusion).toBe('inconclusive');
});

it('leaves no fault and inconclusive as they are', () => {
  const diagnosis: Diagnosis = { conclusion: 'no-fault', ranked: [], reason: 'fine', evidence };
  expect(audit(diagnosis, new Case().deployed('catalog', 'catalog:2', -60))).toEqual({ diagnosis, notes: [], vetoed: false });
});
