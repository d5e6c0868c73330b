/** A task burns CPU although no more work arrives than before: a hot loop, or a fault of its host. More tasks would not help. */
import { newRevision } from '../facts/changes.ts';
import { isBusy } from '../facts/cpu.ts';
import { score } from '../facts/score.ts';
import { excess, riseFactor } from '../facts/symptoms.ts';
import { before, cite, now, runningTasks, type Signals, taskSignalsOf, type View } from '../facts/view.ts';
import { trafficFactor } from './every-task.ts';
import { claim, type Rule, type Scene } from './rule.ts';

interface Busy {
  taskId: string;
  signals: Signals;
  cpu: number | null;
}

/** One hot task: 0.55, +0.1 for two idle siblings, +0.1 when it is itself failing or slow, +0.1 without a release. All of them: 0.4, +0.1 without a release. */
export const cpuRunaway: Rule = (scene) => {
  const { view, service, signals } = scene;
  const traffic = trafficFactor(scene);
  if (traffic === null || traffic >= view.settings.trafficRise || !isInTrouble(signals, view)) return undefined;
  const known = taskSignalsOf(view, service);
  const tasks = runningTasks(view, service).map(({ taskId }): Busy => {
    const own = known.get(taskId) ?? new Map();
    return { taskId, signals: own, cpu: now(own, 'cpu') };
  });
  // A task without a reading may be the hottest of all.
  if (tasks.length === 0 || tasks.some(({ cpu }) => cpu === null)) return undefined;
  const hot = tasks.filter((task) => isHot(task, scene));
  const [first] = hot;
  if (!first) return undefined;
  if (hot.length === tasks.length) return ofAll(scene, hot, traffic);
  return hot.length === 1 ? ofOne(scene, first, tasks, traffic) : undefined;
};

function ofOne(scene: Scene, hot: Busy, tasks: readonly Busy[], traffic: number): ReturnType<Rule> {
  const { view, service } = scene;
  const siblings = tasks.filter((task) => task !== hot);
  const cpu = hot.cpu ?? 0;
  const isFar = siblings.every((sibling) => cpu >= view.settings.outlierFactor * (sibling.cpu ?? 0));
  if (!isFar) return undefined;
  const fact = runningTasks(view, service).find(({ taskId }) => taskId === hot.taskId);
  const hasServed = fact !== undefined && fact.startedAt !== null && Date.parse(fact.startedAt) < view.onsetMs;
  const revision = newRevision(view, service);
  const scored = score(
    0.55,
    [`one of ${tasks.length} tasks uses ${cpu.toFixed(2)} cores, its siblings are nearly idle`, flat(traffic)],
    [
      { when: siblings.length >= 2, add: 0.1, why: 'at least two siblings are idle beside it' },
      { when: isInTrouble(hot.signals, view), add: 0.1, why: 'it is failing or slow itself' },
      { when: revision === undefined, add: 0.1, why: 'no new revision came within the lookback' },
    ],
    [
      { when: revision !== undefined, atMost: 0.5, why: 'a new revision came within the lookback' },
      { when: before(hot.signals, 'cpu') === null, atMost: 0.6, why: 'it is not known how busy it was before' },
      { when: !hasServed, atMost: 0.6, why: 'it started after the onset and may be warming up' },
    ],
  );
  const evidence = cite(
    fact,
    tasks.flatMap(({ signals }) => [...signals.values()]),
    scene.signals.values(),
  );
  return claim(scene, 'cpu-runaway', scored, evidence, 'Its traffic turns out to have risen, or a sibling is as busy.', hot.taskId);
}

function ofAll(scene: Scene, hot: readonly Busy[], traffic: number): ReturnType<Rule> {
  const scored = score(
    0.4,
    [`all ${hot.length} running tasks use all the CPU they have`, flat(traffic)],
    [{ when: newRevision(scene.view, scene.service) === undefined, add: 0.1, why: 'no new revision came within the lookback' }],
  );
  const evidence = cite(
    scene.signals.values(),
    hot.flatMap(({ signals }) => [...signals.values()]),
  );
  return claim(scene, 'cpu-runaway', scored, evidence, 'The CPU time of one request turns out to be what it was before.');
}

function isHot({ signals, cpu }: Busy, { view, service }: Scene): boolean {
  return cpu !== null && isBusy(view, service, signals) && cpu >= riseFactor * (before(signals, 'cpu') ?? 0);
}

function isInTrouble(signals: Signals, view: View): boolean {
  return (excess(signals, 'error-ratio', view.settings) ?? 0) > 0 || (excess(signals, 'latency-p95', view.settings) ?? 0) > 0;
}

function flat(traffic: number): string {
  return `traffic is ${traffic.toFixed(2)} times its baseline, so it is not load`;
}
