/** A new revision shortly before the onset, and trouble that was not there before it. */
import { newRevision, suspectThatReturned } from '../facts/changes.ts';
import { percent, seconds } from '../facts/outlier.ts';
import { regressedRoutes } from '../facts/routes.ts';
import { score } from '../facts/score.ts';
import { failedStarts, isFoundUnhealthy, killedOfNewRevision, recentStops } from '../facts/stops.ts';
import { clearTrouble, healthOf, isJammed, sinceBaseline } from '../facts/symptoms.ts';
import { before, cite, now, runningTasks, type Signals, taskSignalsOf, type View } from '../facts/view.ts';
import { claim, type Rule, type Scene } from './rule.ts';

export const badDeployment: Rule = (scene) => {
  const { view, service, signals } = scene;
  const revision = newRevision(view, service);
  if (!revision || revision.secondsBeforeOnset < 0 || revision.isReturn) return ofReturned(scene);
  const { deployment, previous } = revision;
  const ended = [...failedStarts(view, service), ...recentStops(view, service).filter((task) => isFoundUnhealthy(task))];
  const starts = ended.filter((task) => task.taskDefinition === deployment.taskDefinition);
  const state = view.states.get(service);
  // A crash that a later task made good is over: only a rollout still short of its tasks is held up by it.
  const isShort = deployment.rolloutState !== 'COMPLETED' || (state !== undefined && state.running < state.desired);
  const cannotStart = isShort && (starts.length > 0 || deployment.failedTasks > 0 || deployment.rolloutState === 'FAILED');
  const trouble = clearTrouble(view, signals);
  const routes = regressedRoutes(view, service);
  const split = splitByRevision(view, service, deployment.taskDefinition);
  const killed = killedOfNewRevision(view, service, deployment.taskDefinition);
  if (!cannotStart && trouble.length === 0 && routes.bad.length === 0 && !split && killed.length === 0) return undefined;

  const newLines = view.logs.filter((log) => log.service === service && log.countBefore === 0 && log.count > 0 && isError(log.level));
  const baseline = trouble.length > 0 ? sinceBaseline(signals, trouble, view.settings) : routes.baseline;
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
      { when: baseline === 'risen', add: 0.1, why: 'the trouble was not there before the onset' },
      { when: baseline === 'unknown', add: -0.1, why: 'it is not known how the service did before the onset' },
      { when: baseline === 'old', add: -0.25, why: 'the service was in this trouble before the onset already' },
      {
        when: routes.bad.length > 0 && routes.fine > 0,
        add: 0.1,
        why: `only ${routes.bad.map((route) => route.name).join(', ')} regressed, other routes are fine`,
      },
      { when: split, add: 0.1, why: 'tasks of the new revision are in trouble, tasks of the old one are not' },
      {
        when: cannotStart,
        add: 0.1,
        why: `tasks of the new revision stop right after their start or fail their health checks (${starts.length} seen)`,
      },
      {
        when: killed.length > 0,
        add: 0.1,
        why: `${killed.length} tasks of the new revision were killed for memory, and none of an older one`,
      },
      { when: newLines.length > 0, add: 0.05, why: `${newLines.length} kinds of error lines are new since the onset` },
      { when: ago <= view.settings.deploymentLookbackSeconds / 6, add: 0.05, why: 'it came right before the onset' },
      // What a release breaks mostly shows within minutes; the longer ago, the likelier it only happened to come first.
      { when: ago > view.settings.deploymentLookbackSeconds / 2, add: -0.1, why: 'it came long before the onset' },
    ],
    [
      { when: !revision.hasCompletedRevision, atMost: 0.4, why: 'no earlier revision is known to have reached a steady state' },
      {
        when: baseline === 'old' && !cannotStart && killed.length === 0,
        atMost: 0.4,
        why: 'a release does not cause what was there before it',
      },
    ],
  );
  const evidence = cite(
    revision.cited,
    [...signals.values()].filter(({ signal }) => signal === 'error-ratio' || signal === 'latency-p95'),
    routes.bad.flatMap((route) => [...route.signals.values()]),
    starts,
    killed,
    newLines,
  );
  return claim(scene, 'bad-deployment', scored, evidence, 'The trouble began before the deployment, or stays on the previous revision.');
};

/**
 * 0.3, +0.05 when the trouble was not there before the onset. Going back was tried and did not last, so that this is for people to know, where
 * nothing else explains it.
 */
function ofReturned(scene: Scene): ReturnType<Rule> {
  const { view, service, signals } = scene;
  const suspect = suspectThatReturned(view, service);
  const trouble = clearTrouble(view, signals);
  const routes = regressedRoutes(view, service);
  if (!suspect || (trouble.length === 0 && routes.bad.length === 0)) return undefined;
  const baseline = trouble.length > 0 ? sinceBaseline(signals, trouble, view.settings) : routes.baseline;
  const scored = score(
    0.3,
    [
      `${suspect.taskDefinition} came ${Math.round(suspect.secondsBeforeOnset)} s before the onset, was taken back and is here again`,
      ...symptomsOf(signals),
    ],
    [{ when: baseline === 'risen', add: 0.05, why: 'the trouble was not there before the onset' }],
    [
      { when: true, atMost: 0.35, why: 'whoever went back from it did not stay there' },
      { when: baseline === 'old', atMost: 0.2, why: 'the service was in this trouble before the onset already' },
    ],
  );
  const evidence = cite(suspect.cited, signals.values(), ...routes.bad.map((route) => route.signals.values()));
  return claim(scene, 'bad-deployment', scored, evidence, 'The trouble began before the revision came for the first time.');
}

/** During a rollout both revisions serve: trouble on the new one alone speaks for itself. */
function splitByRevision(view: View, service: string, taskDefinition: string): boolean {
  const known = taskSignalsOf(view, service);
  const signalsOf = (isNew: boolean) =>
    runningTasks(view, service)
      .filter((task) => (task.taskDefinition === taskDefinition) === isNew)
      .map((task) => known.get(task.taskId) ?? new Map());
  const fresh = signalsOf(true);
  const old = signalsOf(false);
  const isBad = (signals: Signals) => isJammed(signals) || clearTrouble(view, signals).length > 0;
  return fresh.length > 0 && old.length > 0 && fresh.every(isBad) && old.every((signals) => healthOf(signals, view.settings) === 'fine');
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
