/** What the rules about tasks that never came up share: the arithmetic, and that a new revision is the likelier story. */
import type { Hypothesis } from '../../domain/cause.ts';
import type { TaskFact } from '../../domain/evidence.ts';
import { newRevision } from '../facts/changes.ts';
import { standingEvent } from '../facts/events.ts';
import { score } from '../facts/score.ts';
import { type Cited, cite } from '../facts/view.ts';
import { claim, type Scene } from './rule.ts';

export interface StartFailures {
  /** Newest first. */
  failed: readonly Cited<TaskFact>[];
  base: number;
  /** What happened to them, in words. */
  what: string;
  refutedBy: string;
}

/** base, +0.15 when it is more than one task, +0.1 when nothing was released, +0.05 when ECS says so itself; at most 0.3 behind a new revision. */
export function claimOfStartFailures(scene: Scene, { failed, base, what, refutedBy }: StartFailures): Hypothesis | undefined {
  const { view, service } = scene;
  const [newest] = failed;
  const state = view.states.get(service);
  if (!newest || !state || state.running >= state.desired) return undefined;
  const revision = newRevision(view, service);
  const scored = score(
    base,
    [`${failed.length} tasks ${what}, the last one: ${newest.stoppedReason ?? 'no reason given'}`],
    [
      { when: failed.length >= 2, add: 0.15, why: 'it is not a single task' },
      { when: revision === undefined, add: 0.1, why: 'no new revision came within the lookback' },
      {
        when: standingEvent(view, service, 'start-impaired') !== undefined,
        add: 0.05,
        why: 'ECS says it cannot start tasks consistently',
      },
    ],
    [
      {
        when: revision !== undefined && revision.secondsBeforeOnset >= 0,
        atMost: 0.3,
        why: 'a new revision came first: it is the suspect',
      },
    ],
  );
  return claim(scene, 'task-start-failure', scored, cite(failed, state), refutedBy);
}
