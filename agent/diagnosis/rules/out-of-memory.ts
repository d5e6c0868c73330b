/** Tasks were killed for using more memory than they may. */
import { newRevision } from '../facts/changes.ts';
import { score } from '../facts/score.ts';
import { isOutOfMemory, killedOfNewRevision, recentStops } from '../facts/stops.ts';
import { before, cite, now } from '../facts/view.ts';
import { claim, type Rule } from './rule.ts';

export const outOfMemory: Rule = (scene) => {
  const { view, service, signals } = scene;
  const killed = recentStops(view, service).filter(isOutOfMemory);
  const [newest] = killed;
  if (!newest) return undefined;
  const memory = now(signals, 'memory');
  const memoryBefore = before(signals, 'memory');
  const revision = newRevision(view, service);
  const isOfRelease =
    revision !== undefined &&
    revision.secondsBeforeOnset >= 0 &&
    killedOfNewRevision(view, service, revision.deployment.taskDefinition).length > 0;
  const scored = score(
    0.6,
    [`${killed.length} tasks were killed for memory, the last one: ${newest.stoppedReason ?? ''}`],
    [
      { when: newest.exitCode === 137, add: 0.1, why: 'exit code 137: the kernel killed it' },
      { when: killed.length >= 2, add: 0.1, why: 'it is not a single task' },
      {
        when: memory !== null && memoryBefore !== null && memory >= 1.5 * memoryBefore,
        add: 0.1,
        why: 'memory has grown by half since the baseline',
      },
    ],
    [{ when: isOfRelease, atMost: 0.25, why: 'only tasks of a new revision were killed: it is the suspect' }],
  );
  return claim(
    scene,
    'out-of-memory',
    scored,
    cite(killed, signals.get('memory')),
    'Tasks end in the same way while memory is far below the limit.',
  );
};
