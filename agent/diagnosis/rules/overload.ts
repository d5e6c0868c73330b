/** More traffic than the tasks can carry: traffic up, every task slow, and CPU up with it or every task at more work than ever. */
import { newRevision } from '../facts/changes.ts';
import { isBusy } from '../facts/cpu.ts';
import { seconds } from '../facts/outlier.ts';
import { score } from '../facts/score.ts';
import { excess } from '../facts/symptoms.ts';
import { before, cite, countsForP95, now } from '../facts/view.ts';
import { calleesOf, everyTaskSuffers, trafficFactor } from './every-task.ts';
import { claim, type Rule } from './rule.ts';

/** Tasks that finish so many times the usual rise as they did before are at work, not in trouble. */
const farRise = 2;

/**
 * 0.4, +0.25 for CPU at its limit, +0.1 for CPU that rose with the traffic, +0.1 for waiting requests, +0.05 for well callees. Where lanes, workers
 * or connections run out CPU is idle: +0.15 for far more requests finished than before while they queue and none fails, +0.1 when it was quick before.
 */
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
  const isWell = callees === 'fine' || callees === 'none';
  const isQueued = waiting !== null && waitingBefore !== null && waiting >= 2 * waitingBefore;
  const failsNone = excess(signals, 'error-ratio', view.settings) === 0;
  const worksHard = isWell && isQueued && failsNone && traffic >= farRise * view.settings.trafficRise;
  const wasQuick = (before(signals, 'latency-p95') ?? Number.POSITIVE_INFINITY) <= view.settings.latencyP95Seconds;
  const scored = score(
    0.4,
    [`traffic is ${traffic.toFixed(2)} times its baseline and every task is slow (p95 ${seconds(now(signals, 'latency-p95'))})`],
    [
      {
        when: isBusy(view, service, signals),
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
        when: worksHard,
        add: 0.15,
        why: 'its tasks finish far more requests than before, fail none, and others queue: more comes than they have room for',
      },
      { when: worksHard && wasQuick, add: 0.1, why: 'it was quick before the traffic rose' },
      { when: isQueued, add: 0.1, why: 'twice as many requests wait as before' },
      { when: isWell, add: 0.05, why: 'nothing it calls is in trouble' },
    ],
    [
      { when: callees === 'bad', atMost: 0.3, why: 'a service it calls is in trouble: more tasks would press it harder' },
      { when: newRevision(view, service) !== undefined, atMost: 0.5, why: 'a new revision came within the lookback' },
    ],
  );
  return claim(scene, 'overload', scored, cite(signals.values()), 'The service stays slow when traffic falls back, or CPU is idle.');
};
