/** The service fails since one that it calls got a new revision, which answers well and otherwise than before. */
import { calleeReleasedBefore } from '../facts/callee-release.ts';
import { percent } from '../facts/outlier.ts';
import { score } from '../facts/score.ts';
import { sinceBaseline } from '../facts/symptoms.ts';
import { before, callsFrom, cite, now, taskSignalsOf } from '../facts/view.ts';
import { everyTaskSuffers } from './every-task.ts';
import { claim, type Rule } from './rule.ts';

/** 0.4, +0.15 for a steady revision before it, +0.1 for each of: trouble that is new, every task failing; +0.05 for new error lines. */
export const releaseOfCallee: Rule = (scene) => {
  const { view, service, signals } = scene;
  const found = calleeReleasedBefore(view, service);
  if (!found) return undefined;
  const { callee, revision } = found;
  const { deployment, previous, secondsBeforeOnset } = revision;
  const newLines = view.logs.filter(
    (log) => log.service === service && log.countBefore === 0 && log.count > 0 && /^(error|fatal|critical|50|60)$/i.test(log.level),
  );
  const scored = score(
    0.4,
    [
      `${deployment.taskDefinition} was deployed ${Math.round(secondsBeforeOnset)} s before the onset`,
      `${service}, which calls ${callee} and did not change, fails ${percent(now(signals, 'error-ratio'))} of its requests, ` +
        `${percent(before(signals, 'error-ratio'))} before, and is no slower`,
    ],
    [
      { when: previous?.completed === true, add: 0.15, why: `the revision of ${callee} before it had reached a steady state` },
      {
        when: sinceBaseline(signals, ['error-ratio'], view.settings) === 'risen',
        add: 0.1,
        why: 'the trouble was not there before the onset',
      },
      { when: everyTaskSuffers(scene), add: 0.1, why: `every task of ${service} fails in the same way` },
      { when: newLines.length > 0, add: 0.05, why: `${newLines.length} kinds of error lines of ${service} are new since the onset` },
    ],
    [{ when: !revision.hasCompletedRevision, atMost: 0.4, why: 'no earlier revision is known to have reached a steady state' }],
  );
  const evidence = cite(
    revision.cited,
    signals.get('error-ratio'),
    callsFrom(view, service).get(callee)?.values(),
    [...taskSignalsOf(view, service).values()].flatMap((task) => [...task.values()]),
    newLines,
  );
  const there = { ...scene, service: callee };
  return claim(there, 'bad-deployment', scored, evidence, `${service} fails on with the previous revision of ${callee}.`);
};
