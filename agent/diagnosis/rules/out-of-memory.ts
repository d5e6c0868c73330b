/** Tasks were killed for using more memory than they may. */
import { score } from '../facts/score.ts';
import { isOutOfMemory, recentStops } from '../facts/stops.ts';
import { before, cite, now } from '../facts/view.ts';
import { claim, type Rule } from './rule.ts';

export const outOfMemory: Rule = (scene) => {
  const { view, service, signals } = scene;
  const killed = recentStops(view, service).filter(isOutOfMemory);
  const [newest] = killed;
  if (!newest) return undefined;
  const memory = now(signals, 'memory');
  const memoryBefore = before(signals, 'memory');
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
  );
  return claim(
    scene,
    'out-of-memory',
    scored,
    cite(killed, signals.get('memory')),
    'Tasks end in the same way while memory is far below the limit.',
  );
};
