/** One task in trouble, its siblings known and fine. */
import { newRevision } from '../facts/changes.ts';
import { outlierTask } from '../facts/outlier.ts';
import { score } from '../facts/score.ts';
import { cite, taskSignalsOf } from '../facts/view.ts';
import { claim, type Rule } from './rule.ts';

export const sickTask: Rule = (scene) => {
  const { view, service } = scene;
  const outlier = outlierTask(view, service);
  // A task ECS does not list as running is no target.
  if (!outlier?.fact) return undefined;
  const revision = newRevision(view, service);
  const hasServed = outlier.fact.startedAt !== null && Date.parse(outlier.fact.startedAt) < view.onsetMs;
  const newLines = view.logs.filter(
    (log) => log.service === service && log.count > log.countBefore && log.taskIds.length === 1 && log.taskIds[0] === outlier.taskId,
  );
  const scored = score(
    0.6,
    [`one of ${outlier.siblings.length + 1} running tasks is in trouble, the others are fine`, ...outlier.marks],
    [
      { when: outlier.marks.length >= 2, add: 0.1, why: 'more than one signal sets it apart' },
      { when: revision === undefined, add: 0.1, why: 'no new revision came within the lookback' },
      { when: outlier.siblings.length >= 2, add: 0.05, why: 'at least two siblings agree' },
      { when: hasServed, add: 0.05, why: 'it was up before the onset, so it is not merely warming up' },
      { when: newLines.length > 0, add: 0.05, why: `${newLines.length} kinds of log lines come from it alone` },
    ],
    [
      { when: revision !== undefined, atMost: 0.5, why: 'a new revision came within the lookback' },
      { when: outlier.onlyWaits, atMost: 0.6, why: 'nothing it finished was failing or slow, so what waits in it may be meant to' },
      { when: !hasServed, atMost: 0.6, why: 'it started after the onset' },
    ],
  );
  const evidence = cite(
    outlier.fact,
    [...taskSignalsOf(view, service).values()].flatMap((signals) => [...signals.values()]),
    newLines,
  );
  return claim(
    scene,
    'sick-task',
    scored,
    evidence,
    'A sibling shows the same trouble, or a replacement falls ill in the same way.',
    outlier.taskId,
  );
};
