/**
 * What each cause calls for: one action of the catalogue, watching ECS mend it, or a person, with words on what to look at. That an action is
 * named here gives it no leave. Where a person is called for, the catalogue offers only what a person must agree to.
 */
import type { Cause } from '../../domain/cause.ts';

export type Remedy =
  /** `otherwise`: for a person, when the action's own conditions do not hold. */
  { kind: 'action'; action: string; otherwise: string } | { kind: 'watch'; advice: string } | { kind: 'person'; advice: string };

export const remedies: Readonly<Record<Cause, Remedy>> = {
  'bad-deployment': {
    kind: 'action',
    action: 'roll-back-deployment',
    otherwise: 'go back to a revision that once completed, or roll forward with a fix',
  },
  'sick-task': { kind: 'action', action: 'stop-task', otherwise: 'take the task out of service by hand and keep it for a look' },
  'all-tasks-degraded': {
    kind: 'action',
    action: 'force-new-deployment',
    otherwise: 'look for a slow leak or stale connections; a restart more than once an hour cures neither',
  },
  overload: { kind: 'action', action: 'scale-service', otherwise: 'shed load, or raise the bound on tasks if the cost is meant' },
  'dependency-fault': {
    kind: 'person',
    advice: 'act on the dependency with its owner, or turn off the feature that needs it; restarting its callers only presses it harder',
  },
  'task-start-failure': {
    kind: 'action',
    action: 'roll-back-deployment',
    otherwise: 'mend what the tasks miss: image and tag, role, secret, endpoint or configuration; a restart starts the same revision again',
  },
  'out-of-memory': {
    kind: 'person',
    advice: 'ECS replaces the tasks, which buys time; after three kills raise the memory limit by a reviewed change, or find the leak',
  },
  'capacity-loss': { kind: 'watch', advice: 'ECS replaces the tasks by itself; a second hand would do it twice' },
  'planned-zero': { kind: 'person', advice: 'nothing is meant to run; set the desired count if that was not meant' },
  'cpu-runaway': {
    kind: 'action',
    action: 'stop-task',
    otherwise: 'profile a task before it is replaced; more tasks would burn more CPU for the same work',
  },
  'health-check-failure': {
    kind: 'action',
    action: 'stop-task',
    otherwise: 'compare path, port, grace period and security groups with what the container listens on',
  },
  'placement-failure': {
    kind: 'person',
    advice: 'add FARGATE beside FARGATE_SPOT or another zone, free addresses in the subnets, or raise the quota',
  },
  'stuck-deployment': {
    kind: 'person',
    advice: 'widen the minimum and maximum healthy percent or lift the quota; stop the deployment only when a person has approved it',
  },
  'api-throttled': { kind: 'watch', advice: 'fewer calls help, more do not: nothing is changed while ECS is throttled' },
};
