/** What changed: the revision a service runs, the one before it, and whether ECS is in the middle of something. */
import type { DeploymentFact, PastDeployment } from '../../domain/evidence.ts';
import type { Cited, View } from './view.ts';

export interface NewRevision {
  deployment: Cited<DeploymentFact>;
  /** Seconds between the start of the deployment and the onset; negative when it came after the onset. */
  secondsBeforeOnset: number;
  /** The revision that ran right before, and whether it ever reached a steady state. */
  previous: { taskDefinition: string; completed: boolean } | undefined;
  /** An older revision that did reach one. */
  hasCompletedRevision: boolean;
  /** It runs a revision that had been replaced shortly before: somebody rolled back, by hand or by machine. */
  isReturn: boolean;
  cited: (Cited<DeploymentFact> | Cited<PastDeployment>)[];
}

/** Clocks of ECS's two records of one deployment may differ by this much, milliseconds. */
const sameStartMs = 5000;

interface Run {
  taskDefinition: string;
  startedMs: number;
  completed: boolean;
  fact: Cited<DeploymentFact> | Cited<PastDeployment>;
}

function primaryDeployment(view: View, service: string): Cited<DeploymentFact> | undefined {
  return view.deployments.find((deployment) => deployment.service === service && deployment.status === 'PRIMARY');
}

/** The primary deployment, when it brought another revision within the lookback (or after the onset); a restart of the same one is no change. */
export function newRevision(view: View, service: string): NewRevision | undefined {
  const deployment = primaryDeployment(view, service);
  if (!deployment) return undefined;
  const createdMs = Date.parse(deployment.createdAt);
  const secondsBeforeOnset = (view.onsetMs - createdMs) / 1000;
  if (!(secondsBeforeOnset <= view.settings.deploymentLookbackSeconds)) return undefined;

  const earlier = runsBefore(view, service, createdMs);
  const [last] = earlier;
  if (!last && isFirstEver(view, deployment)) return undefined;
  if (last && last.taskDefinition === deployment.taskDefinition) return undefined;
  const lookbackMs = view.settings.deploymentLookbackSeconds * 1000;
  const isReturn =
    isRollback(deployment) ||
    (last !== undefined &&
      createdMs - last.startedMs < lookbackMs &&
      earlier.some((run) => run.taskDefinition === deployment.taskDefinition));
  return {
    deployment,
    secondsBeforeOnset,
    previous: last && { taskDefinition: last.taskDefinition, completed: last.completed },
    hasCompletedRevision: earlier.some((run) => run.completed && run.taskDefinition !== deployment.taskDefinition),
    isReturn,
    cited: [deployment, ...earlier.slice(0, 2).map((run) => run.fact)],
  };
}

export interface ReturnedSuspect {
  taskDefinition: string;
  secondsBeforeOnset: number;
  cited: (Cited<DeploymentFact> | Cited<PastDeployment>)[];
}

/** The revision that ran at the onset and was young then, when it was taken back since and is here again. */
export function suspectThatReturned(view: View, service: string): ReturnedSuspect | undefined {
  const deployment = primaryDeployment(view, service);
  if (!deployment) return undefined;
  const { taskDefinition } = deployment;
  const earlier = runsBefore(view, service, Date.parse(deployment.createdAt));
  const suspect = earlier.find((run) => run.startedMs <= view.onsetMs);
  if (suspect?.taskDefinition !== taskDefinition || earlier[0]?.taskDefinition === taskDefinition) return undefined;
  const secondsBeforeOnset = (view.onsetMs - suspect.startedMs) / 1000;
  if (!(secondsBeforeOnset <= view.settings.deploymentLookbackSeconds)) return undefined;
  const replaced = earlier.find((run) => run.startedMs < suspect.startedMs && run.completed && run.taskDefinition !== taskDefinition);
  return replaced && { taskDefinition, secondsBeforeOnset, cited: [deployment, suspect.fact, replaced.fact] };
}

/** A service's first deployment replaced nothing: it is no change to anything that worked before. */
function isFirstEver(view: View, deployment: Cited<DeploymentFact>): boolean {
  if (/:1$/.test(deployment.taskDefinition)) return true;
  // ECS keeps the history of service deployments: when it lists this one and none before it, there was none.
  return view.pastDeployments.some((past) => past.service === deployment.service && past.taskDefinition === deployment.taskDefinition);
}

/** Newest first; two records of one run are one run that completed if either says so. */
function runsBefore(view: View, service: string, createdMs: number): Run[] {
  const runs: Run[] = [];
  for (const fact of view.deployments) {
    if (fact.service !== service || fact.status === 'PRIMARY') continue;
    const completed = fact.rolloutState === 'COMPLETED';
    runs.push({ taskDefinition: fact.taskDefinition, startedMs: Date.parse(fact.createdAt), completed, fact });
  }
  for (const fact of view.pastDeployments) {
    if (fact.service !== service) continue;
    runs.push({ taskDefinition: fact.taskDefinition, startedMs: Date.parse(fact.startedAt), completed: fact.completed, fact });
  }
  const earlier = runs.filter((run) => run.startedMs < createdMs - sameStartMs).sort((a, b) => b.startedMs - a.startedMs);
  const merged: Run[] = [];
  for (const run of earlier) {
    const last = merged.at(-1);
    if (last && last.taskDefinition === run.taskDefinition && last.startedMs - run.startedMs <= sameStartMs) {
      last.completed ||= run.completed;
    } else merged.push({ ...run });
  }
  return merged;
}

function isRollback(deployment: DeploymentFact): boolean {
  return /\broll(ing|ed)?[ -]?back\b/i.test(deployment.rolloutReason);
}

/** A rollout nobody has finished yet: any second change now would fight it. */
export function rolloutInProgress(view: View, service: string): Cited<DeploymentFact> | undefined {
  const primary = primaryDeployment(view, service);
  return primary?.rolloutState === 'IN_PROGRESS' ? primary : undefined;
}

/** ECS rolls back by itself: it says so, or a FAILED deployment stands beside a PRIMARY that is still on its way. */
export function ecsIsRollingBack(view: View, service: string): boolean {
  const [newest] = view.serviceDeployments.filter((deployment) => deployment.service === service);
  if (newest && /^ROLLBACK_(REQUESTED|IN_PROGRESS)$/.test(newest.status)) return true;
  const primary = rolloutInProgress(view, service);
  if (!primary) return false;
  return (
    isRollback(primary) ||
    view.deployments.some((other) => other.service === service && other.status !== 'PRIMARY' && other.rolloutState === 'FAILED')
  );
}
