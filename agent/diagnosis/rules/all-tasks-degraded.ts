/** Every task of the service is slow or failing, nothing was deployed, the callees are fine and traffic is flat. */
import { newRevision } from '../facts/changes.ts';
import { percent, seconds } from '../facts/outlier.ts';
import { score } from '../facts/score.ts';
import { allTasksAreFresh, isFoundUnhealthy, isNearOnset, isOutOfMemory, recentStops } from '../facts/stops.ts';
import { clearTrouble, excess } from '../facts/symptoms.ts';
import { before, cite, now, runningTasks, taskSignalsOf } from '../facts/view.ts';
import { calleesOf, everyTaskSuffers, trafficFactor } from './every-task.ts';
import { claim, type Rule } from './rule.ts';

export const allTasksDegraded: Rule = (scene) => {
  const { view, service, signals } = scene;
  const risen = clearTrouble(view, signals).filter((name) => (excess(signals, name, view.settings) ?? 0) > 0);
  if (risen.length === 0 || !everyTaskSuffers(scene)) return undefined;
  const traffic = trafficFactor(scene);
  const callees = calleesOf(scene);
  const revision = newRevision(view, service);
  const running = runningTasks(view, service);
  const ended = recentStops(view, service).filter((task) => isNearOnset(task, view) && (isOutOfMemory(task) || isFoundUnhealthy(task)));
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
      { when: revision !== undefined, atMost: 0.4, why: 'a new revision came within the lookback' },
      { when: ended.length > 0, atMost: 0.6, why: `${ended.length} tasks were killed or found unhealthy: what did that did this` },
      {
        when: risen.every((name) => before(signals, name) === null),
        atMost: 0.6,
        why: 'it is not known how the service did before the onset',
      },
      {
        when: allTasksAreFresh(view, service),
        atMost: 0.25,
        why: 'all its tasks started after the onset: they have been restarted already',
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
