/** More traffic than the tasks can carry: traffic up, every task slow, CPU up with it. */
import { newRevision } from '../facts/changes.ts';
import { seconds } from '../facts/outlier.ts';
import { score } from '../facts/score.ts';
import { excess } from '../facts/symptoms.ts';
import { before, cite, countsForP95, now } from '../facts/view.ts';
import { calleesOf, everyTaskSuffers, trafficFactor } from './every-task.ts';
import { claim, type Rule } from './rule.ts';

export const overload: Rule = (scene) => {
  const { view, service, signals } = scene;
  const traffic = trafficFactor(scene);
  if (traffic === null || traffic < view.settings.trafficRise || !everyTaskSuffers(scene)) return undefined;
  if ((excess(signals, 'latency-p95', view.settings) ?? 0) <= 0 || !countsForP95(view, signals)) return undefined;
  const cpu = now(signals, 'cpu');
  const cpuBefore = before(signals, 'cpu');
  const waiting = now(signals, 'in-flight');
  const waitingBefore = before(signals, 'in-flight');
  const callees = calleesOf(scene);
  const scored = score(
    0.4,
    [`traffic is ${traffic.toFixed(2)} times its baseline and every task is slow (p95 ${seconds(now(signals, 'latency-p95'))})`],
    [
      {
        when: cpu !== null && cpu >= view.settings.cpuHighCores,
        add: 0.25,
        why: `a task uses ${cpu?.toFixed(2)} cores, which is all it has`,
      },
      {
        when: cpu !== null && cpuBefore !== null && cpuBefore > 0 && cpu / cpuBefore >= 0.8 * traffic,
        add: 0.1,
        why: 'CPU rose with the traffic',
      },
      { when: cpu === null, add: -0.1, why: 'CPU is not known' },
      {
        when: waiting !== null && waitingBefore !== null && waiting >= 2 * waitingBefore,
        add: 0.1,
        why: 'twice as many requests wait as before',
      },
      { when: callees === 'fine' || callees === 'none', add: 0.05, why: 'nothing it calls is in trouble' },
    ],
    [
      { when: callees === 'bad', atMost: 0.3, why: 'a service it calls is in trouble: more tasks would press it harder' },
      { when: newRevision(view, service) !== undefined, atMost: 0.5, why: 'a new revision came within the lookback' },
    ],
  );
  return claim(scene, 'overload', scored, cite(signals.values()), 'The service stays slow when traffic falls back, or CPU is idle.');
};
