/** What the rules about failed health checks share. ECS replaces such tasks by itself; the same again in the replacements is no matter of one task. */
import type { Hypothesis } from '../../domain/cause.ts';
import type { TaskFact } from '../../domain/evidence.ts';
import type { EvidenceId } from '../../domain/ids.ts';
import { newRevision } from '../facts/changes.ts';
import { score } from '../facts/score.ts';
import { healthOf } from '../facts/symptoms.ts';
import { type Cited, taskSignalsOf } from '../facts/view.ts';
import { claim, type Scene } from './rule.ts';

export interface Unhealthy {
  /** Running tasks found unhealthy right now. */
  now: readonly Cited<TaskFact>[];
  /** How many running tasks are known to be found healthy. */
  healthy: number;
  /** Tasks ECS stopped for it, newest first. */
  stopped: readonly Cited<TaskFact>[];
  /** ECS' own sentence stands. */
  isSaid: boolean;
  evidence: EvidenceId[];
  /** What is seen, as sentences. */
  because: string[];
  refutedBy: string;
}

/**
 * 0.4, +0.15 for tasks stopped for it, +0.15 for tasks found unhealthy now, +0.1 for two stops or more, +0.1 without a release, +0.05 for ECS' sentence.
 * A single long-lived task beside healthy ones is named as a task; it is at most 0.6 while its own metrics do not show it ill as well.
 */
export function claimOfUnhealthy(scene: Scene, found: Unhealthy): Hypothesis | undefined {
  const { view, service } = scene;
  if (found.now.length === 0 && found.stopped.length === 0) return undefined;
  const revision = newRevision(view, service);
  const only = found.stopped.length === 0 && found.now.length === 1 && found.healthy >= 1 ? found.now[0] : undefined;
  const single = only && only.startedAt !== null && Date.parse(only.startedAt) < view.onsetMs ? only : undefined;
  const own = single ? healthOf(taskSignalsOf(view, service).get(single.taskId) ?? new Map(), view.settings) : undefined;
  const scored = score(
    0.4,
    found.because,
    [
      { when: found.stopped.length > 0, add: 0.15, why: `ECS stopped ${found.stopped.length} tasks for it` },
      { when: found.now.length > 0, add: 0.15, why: `${found.now.length} running tasks are found unhealthy right now` },
      { when: found.stopped.length >= 2, add: 0.1, why: 'replacing them has not helped' },
      { when: revision === undefined, add: 0.1, why: 'no new revision came within the lookback' },
      { when: found.isSaid, add: 0.05, why: 'ECS says so in its events' },
      { when: own === 'bad', add: 0.1, why: 'its own metrics show it ill too' },
    ],
    [
      {
        when: revision !== undefined && revision.secondsBeforeOnset >= 0,
        atMost: 0.3,
        why: 'a new revision came first: it is the suspect',
      },
      { when: own === 'fine', atMost: 0.5, why: 'its own metrics are fine: the check may be wrong, not the task' },
      { when: own === 'unknown' || own === 'strained', atMost: 0.6, why: 'its own metrics do not show it ill' },
    ],
  );
  return claim(scene, 'health-check-failure', scored, found.evidence, found.refutedBy, single?.taskId);
}
