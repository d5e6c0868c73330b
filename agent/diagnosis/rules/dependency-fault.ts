/** The trouble sits in something the service calls which no known service explains. It names the culprit; nothing here can mend it. */
import { calleeReleasedBefore } from '../facts/callee-release.ts';
import { percent, seconds } from '../facts/outlier.ts';
import { score } from '../facts/score.ts';
import { callHealth, isClearlyFailingOrSlow, otherCallers, ownHealth } from '../facts/symptoms.ts';
import { callersOf, callsFrom, cite, now, type Signals } from '../facts/view.ts';
import { claim, type Rule, type Scene } from './rule.ts';

export const dependencyFault: Rule = (scene) => {
  const { view, path } = scene;
  return path.length > 1 ? ofCallee(scene) : isClearlyFailingOrSlow(view, scene.signals) ? ofUnclearCallee(scene) : undefined;
};

/** The search ended in a callee. */
function ofCallee(scene: Scene): ReturnType<Rule> {
  const { view, service } = scene;
  const callers = callersOf(view, service).filter(({ signals }) => callHealth(signals, view.settings) === 'bad');
  // Whoever fails for what it is answered is a victim too.
  if (callers.length === 0 || calleeReleasedBefore(view, service)) return undefined;
  const isKnown = view.states.has(service);
  const scored = score(
    0.4,
    callers.map(({ caller, signals }) => `${caller} ${describe(signals)} when it calls ${service}`),
    [
      { when: !isKnown, add: 0.15, why: `${service} is no service of this cluster` },
      { when: callers.length >= 2, add: 0.1, why: 'more than one caller sees it' },
      { when: ownHealth(view, service) === 'bad', add: 0.05, why: 'its own signals show it too' },
    ],
  );
  const evidence = cite(...callers.map(({ signals }) => signals.values()), scene.signals.values(), view.states.get(service));
  return claim(scene, 'dependency-fault', scored, evidence, 'Another caller of it is served well, or the trouble stays when it is back.');
}

/** The search stayed at the alerting service, yet one of its calls goes badly: worth telling, too little to act on. */
function ofUnclearCallee(scene: Scene): ReturnType<Rule> {
  const { view, service } = scene;
  const bad = [...callsFrom(view, service)].filter(
    ([callee, signals]) => callHealth(signals, view.settings) === 'bad' && otherCallers(view, callee, service) !== 'fine',
  );
  const [only] = bad;
  if (!only || bad.length > 1) return undefined;
  const [callee, signals] = only;
  const scored = score(0.35, [`${service} ${describe(signals)} when it calls ${callee}`], []);
  return claim(
    { ...scene, service: callee },
    'dependency-fault',
    scored,
    cite(signals.values()),
    `${callee} answers well when asked by somebody else.`,
  );
}

function describe(signals: Signals): string {
  return `sees ${percent(now(signals, 'error-ratio'))} failed calls and a p95 of ${seconds(now(signals, 'latency-p95'))}`;
}
