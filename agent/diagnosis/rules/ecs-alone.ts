/**
 * What ECS alone shows while the metrics cannot be had: tasks that cannot start or find no place, a service that is meant to be off. Told to people,
 * and below what any action needs: nobody changes anything without seeing how the service does.
 */
import type { Hypothesis } from '../../domain/cause.ts';
import type { Fact } from '../../domain/evidence.ts';
import { buildView } from '../facts/view.ts';
import type { DiagnosisInput, DiagnosisSettings } from '../input.ts';
import { badDeployment } from './bad-deployment.ts';
import { imagePullFailure } from './image-pull-failure.ts';
import { placementFailure } from './placement-failure.ts';
import { plannedZero } from './planned-zero.ts';
import { type Rule, sceneOf } from './rule.ts';
import { startupResourceFailure } from './startup-resource-failure.ts';
import { taskStartFailure } from './task-start-failure.ts';

const rules: readonly Rule[] = [
  plannedZero,
  imagePullFailure,
  startupResourceFailure,
  taskStartFailure,
  placementFailure,
  // Without metrics it speaks of releases that cannot start, and of no others.
  badDeployment,
];
const kinds: ReadonlySet<Fact['kind']> = new Set([
  'service-state',
  'deployment',
  'past-deployment',
  'service-deployment',
  'task',
  'task-definition',
]);
const mostSure = 0.5;

/** None where ECS itself did not answer in full. */
export function claimsOfEcsAlone(input: DiagnosisInput, settings: DiagnosisSettings, missing: string): Hypothesis[] {
  const answer = input.sources?.find(({ source }) => source === 'ecs');
  if (input.sources && (!answer || answer.status === 'failed' || answer.status === 'truncated')) return [];
  const view = buildView({ ...input, facts: input.facts.filter(({ kind }) => kinds.has(kind)) }, settings);
  if (!Number.isFinite(view.onsetMs) || !Number.isFinite(view.nowMs)) return [];
  const { service } = view.alert.resource;
  const found = rules.map((rule) => rule(sceneOf(view, service, [service]))).filter((claim) => claim !== undefined);
  return found.map((claim) => ({
    ...claim,
    confidence: Math.min(claim.confidence, mostSure),
    atMost: Math.min(claim.atMost ?? mostSure, mostSure),
    because: [...claim.because, `ECS alone says so: ${missing}`],
  }));
}
