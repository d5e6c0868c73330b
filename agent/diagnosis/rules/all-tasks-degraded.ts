/** Every task of the service is slow or failing, nothing was deployed, the callees are fine and traffic is flat. */
import { calleeReleasedBefore } from '../facts/callee-release.ts';
import { newRevision } from '../facts/changes.ts';
import { percent, seconds } from '../facts/outlier.ts';
import { regressedRoutes } from '../facts/routes.ts';
import { score } from '../facts/score.ts';
import { allTasksAreFresh, isFoundUnhealthy, isNearOnset, isOutOfMemory, recentStops } from '../facts/stops.ts';
import { clearTrouble, excess } from '../facts/symptoms.ts';
import { before, cite, now, runningTasks, taskSignalsOf } from '../facts/view.ts';
import { calleesOf, everyTaskSuffers, suspiciousCallees, trafficFactor } from './every-task.ts';
import { claim, type Rule } from './rule.ts';

/** Whoever restarts a service has to be surer; what is milder, or asks a person, has not. */
const shortOfRestart = 0.7;

export const allTasksDegraded: Rule = (scene) => {
  const { view, service, signals } = scene;
  const risen = clearTrouble(view, signals).filter((name) => (excess(signals, name, view.settings) ?? 0) > 0);
  if (risen.length === 0 || !everyTaskSuffers(scene)) return undefined;
  const traffic = trafficFactor(scene);
  const callees = calleesOf(scene);
  const revision = newRevision(view, service);
  const running = runningTasks(view, service);
  const ended = recentStops(view, service).filter((task) => isNearOnset(task, view) && (isOutOfMemory(task) || isFoundUnhealthy(task)));
  const routes = regressedRoutes(view, service);
  const suspicious = suspiciousCallees(scene);
  const release = calleeReleasedBefore(view, service);
  const isRisen = traffic !== null && traffic >= view.settings.trafficRise;
  const scored = score(
    0.5,
    [
      `all ${running.length} running tasks are slow or failing`,
      `error ratio ${percent(now(signals, 'error-ratio'))}, p95 ${seconds(now(signals, 'latency-p95'))}`,
    ],
    [
      { when: callees === 'fine', add: 0.15, why: 'everything it calls is fine' },
      { when: callees === 'none', add: 0.1, why: 'it calls no other service' },
      { when: traffic !== null && !isRisen, add: 0.15, why: `traffic is ${traffic?.toFixed(2)} times its baseline, so it is not load` },
      { when: isRisen, add: -0.15, why: `traffic is ${traffic?.toFixed(2)} times its baseline` },
      { when: revision === undefined, add: 0.1, why: 'no new revision came within the lookback' },
    ],
    [
      { when: callees === 'bad', atMost: 0.3, why: 'a service it calls is in trouble as well' },
      {
        when: suspicious.length > 0,
        atMost: 0.6,
        why: `its calls to ${suspicious.join(', ')} go badly, and which end is at fault is not known`,
      },
      { when: revision !== undefined, atMost: 0.4, why: 'a new revision came within the lookback' },
      { when: release !== undefined, atMost: 0.25, why: `${release?.callee}, which it calls, got a new revision right before` },
      { when: ended.length > 0, atMost: 0.6, why: `${ended.length} tasks were killed or found unhealthy: what did that did this` },
      {
        when: risen.every((name) => before(signals, name) === null),
        atMost: 0.6,
        why: 'it is not known how the service did before the onset',
      },
      {
        when: running.length === 1,
        atMost: shortOfRestart,
        why: 'it has no other task: a sick one looks the same as a sick disk, volume or host under it',
      },
      {
        when: routes.bad.length > 0 && routes.fine > 0,
        atMost: shortOfRestart,
        why: `only ${routes.bad.map((route) => route.name).join(', ')} suffer: what wears tasks out slows every request`,
      },
      {
        when: allTasksAreFresh(view, service),
        atMost: 0.4,
        why: 'all its tasks started after the onset: they have been restarted already, and that has not helped',
      },
    ],
  );
  const evidence = cite(
    signals.values(),
    running,
    [...taskSignalsOf(view, service).values()].flatMap((task) => [...task.values()]),
  );
  return claim(scene, 'all-tasks-degraded', scored, evidence, 'One task turns out to be fine, or fresh tasks are as slow as the old ones.');
};
