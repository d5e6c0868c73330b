/** A new revision shortly before the onset, and trouble that was not there before it. */
import { newRevision } from '../changes.ts';
import { percent, seconds } from '../outlier.ts';
import { score } from '../score.ts';
import { failedStarts } from '../stops.ts';
import { excess, healthOf, isAbove, isClearlyFailingOrSlow } from '../symptoms.ts';
import { before, cite, now, recentRequests, runningTasks, type Signals, taskSignalsOf, type View } from '../view.ts';
import { claim, type Rule, type Scene } from './rule.ts';

export const badDeployment: Rule = (scene) => {
  const { view, service, signals } = scene;
  const revision = newRevision(view, service);
  if (!revision || revision.secondsBeforeOnset < 0 || revision.isReturn) return undefined;
  const { deployment, previous } = revision;
  const starts = failedStarts(view, service).filter((task) => task.taskDefinition === deployment.taskDefinition);
  const cannotStart = starts.length > 0 || deployment.failedTasks > 0 || deployment.rolloutState === 'FAILED';
  const routes = regressedRoutes(scene);
  const split = splitByRevision(view, service, deployment.taskDefinition);
  if (!cannotStart && !isClearlyFailingOrSlow(view, signals) && routes.bad.length === 0 && !split) return undefined;

  const newLines = view.logs.filter((log) => log.service === service && log.countBefore === 0 && log.count > 0 && isError(log.level));
  const baseline = baselineOf(signals);
  const ago = Math.round(revision.secondsBeforeOnset);
  const scored = score(
    0.5,
    [`${deployment.taskDefinition} was deployed ${ago} s before the onset`, ...symptomsOf(signals)],
    [
      {
        when: revision.hasCompletedRevision && previous?.completed === true,
        add: 0.15,
        why: 'the revision before it had reached a steady state',
      },
      { when: baseline === 'good', add: 0.1, why: 'the trouble was not there before the onset' },
      { when: baseline === 'unknown', add: -0.1, why: 'it is not known how the service did before the onset' },
      { when: baseline === 'bad', add: -0.25, why: 'the service was in this trouble before the onset already' },
      {
        when: routes.bad.length > 0 && routes.fine > 0,
        add: 0.1,
        why: `only ${routes.bad.map((route) => route.name).join(', ')} regressed, other routes are fine`,
      },
      { when: split, add: 0.1, why: 'tasks of the new revision are in trouble, tasks of the old one are not' },
      { when: cannotStart, add: 0.1, why: `tasks of the new revision stop right after their start (${starts.length} seen)` },
      { when: newLines.length > 0, add: 0.05, why: `${newLines.length} kinds of error lines are new since the onset` },
      { when: ago <= view.settings.deploymentLookbackSeconds / 6, add: 0.05, why: 'it came right before the onset' },
    ],
    [{ when: !revision.hasCompletedRevision, atMost: 0.4, why: 'no earlier revision is known to have reached a steady state' }],
  );
  const evidence = cite(
    revision.cited,
    [...signals.values()].filter(({ signal }) => signal === 'error-ratio' || signal === 'latency-p95'),
    routes.bad.flatMap((route) => [...route.signals.values()]),
    starts,
    newLines,
  );
  return claim(scene, 'bad-deployment', scored, evidence, 'The trouble began before the deployment, or stays on the previous revision.');
};

/** Routes that got worse since the baseline, and how many are known to be fine. */
function regressedRoutes({ view, service }: Scene): { bad: { name: string; signals: Signals }[]; fine: number } {
  const bad: { name: string; signals: Signals }[] = [];
  let fine = 0;
  for (const [name, signals] of view.routes.get(service) ?? []) {
    const isWorse = (name: 'error-ratio' | 'latency-p95') =>
      isAbove(signals, name, view.settings) && (excess(signals, name, view.settings) ?? 0) > 0;
    const failed = recentRequests(view, signals)?.failed ?? view.settings.minFailures;
    if ((isWorse('error-ratio') && failed >= view.settings.minFailures) || isWorse('latency-p95')) bad.push({ name, signals });
    else if (healthOf(signals, view.settings) === 'fine') fine += 1;
  }
  return { bad, fine };
}

/** During a rollout both revisions serve: trouble on the new one alone speaks for itself. */
function splitByRevision(view: View, service: string, taskDefinition: string): boolean {
  const known = taskSignalsOf(view, service);
  const health = (isNew: boolean) =>
    runningTasks(view, service)
      .filter((task) => (task.taskDefinition === taskDefinition) === isNew)
      .map((task) => healthOf(known.get(task.taskId) ?? new Map(), view.settings));
  const fresh = health(true);
  const old = health(false);
  return fresh.length > 0 && old.length > 0 && fresh.every((state) => state === 'bad') && old.every((state) => state === 'fine');
}

function baselineOf(signals: Signals): 'good' | 'bad' | 'unknown' {
  const risen = (['error-ratio', 'latency-p95'] as const).map((name) => {
    const value = now(signals, name);
    const baseline = before(signals, name);
    return value === null || baseline === null ? null : value >= 2 * baseline;
  });
  if (risen.includes(true)) return 'good';
  return risen.includes(false) ? 'bad' : 'unknown';
}

function symptomsOf(signals: Signals): string[] {
  return [
    `error ratio ${percent(now(signals, 'error-ratio'))}, before ${percent(before(signals, 'error-ratio'))}`,
    `p95 ${seconds(now(signals, 'latency-p95'))}, before ${seconds(before(signals, 'latency-p95'))}`,
  ];
}

function isError(level: string): boolean {
  return /^(error|fatal|critical|50|60)$/i.test(level);
}
