import { describe, expect, it } from 'vitest';
import type { GateName } from '../../domain/verdict.ts';
import { ago, change, requestWith, settingsWith } from '../../testing/policy-request.ts';
import type { GateAnswer } from '../gate.ts';
import type { PolicyRequest, PolicySettings } from '../request.ts';
import { gates } from './list.ts';

function answer(name: string, request: PolicyRequest, settings: PolicySettings = settingsWith()): GateAnswer {
  const gate = gates.find((one) => one.name === name);
  if (!gate) throw new Error(`no gate ${name}`);
  return gate.judge(request, settings);
}

const base = requestWith();
const plan = base.plan;
const target = 'ecs:shop/catalog';

/** These answer outside `judge`: without a policy, and right before the effect. */
type NotInTheList = 'policy-file' | 'approval';

const opinion = (stance: 'agrees' | 'doubts' | 'objects') => ({
  stance,
  reason: 'it looks otherwise',
  evidence: base.hypothesis.evidence,
  model: 'a:b',
  before: 0.9,
});
const proposed = { ...base.hypothesis, confidence: 0.3, proposedBy: 'model' as const };

const cases: Record<
  Exclude<GateName, NotInTheList>,
  Record<'passes' | 'denies', [string, PolicyRequest, PolicySettings?][]> & { asks?: [string, PolicyRequest, PolicySettings?][] }
> = {
  'kill-switch': {
    passes: [['it is off', base]],
    denies: [
      ['it is on', requestWith({ killSwitch: true })],
      ['it could not be read', requestWith({ killSwitch: null })],
    ],
  },
  'feature-flag': {
    passes: [['the flag of the action is on', base]],
    denies: [
      ['the flag is off', base, settingsWith({ flags: { 'stop-task': false } })],
      ['there is no such flag', base, settingsWith({ flags: {} })],
      ['the action bears the name of an inherited property', requestWith({ plan: { ...plan, action: 'constructor' } })],
    ],
  },
  'known-target': {
    passes: [
      ['the inventory knows it once', base],
      ['the parameters name the target', requestWith({ plan: { ...plan, params: { cluster: 'shop', service: 'catalog' } } })],
    ],
    denies: [
      ...[' catalog', 'catalog '].map((service): [string, PolicyRequest] => [
        `the inventory knows a name with a space: "${service}"`,
        requestWith({ plan: { ...plan, target: { cluster: 'shop', service } }, knownServices: [service] }),
      ]),
      ['the inventory could not be read', requestWith({ knownServices: null })],
      ['the inventory is empty', requestWith({ knownServices: [] })],
      ['the inventory knows it twice', requestWith({ knownServices: ['catalog', 'catalog'] })],
      ['the target is empty', requestWith({ plan: { ...plan, target: { cluster: 'shop', service: '' } }, knownServices: [''] })],
      ['the target is a pattern', requestWith({ plan: { ...plan, target: { cluster: 'shop', service: '*' } }, knownServices: ['*'] })],
      ['the plan changes another cluster than the one in trouble', requestWith({ resource: { cluster: 'bank', service: 'catalog' } })],
      ['the parameters name another service', requestWith({ plan: { ...plan, params: { cluster: 'shop', service: 'kintsugi' } } })],
      ['the parameters name another cluster', requestWith({ plan: { ...plan, params: { cluster: 'bank', service: 'catalog' } } })],
      ['the name is no text', requestWith({ plan: { ...plan, target: { cluster: 'shop', service: ['catalog'] as unknown as string } } })],
      ['the cluster has no name', requestWith({ plan: { ...plan, target: { cluster: '', service: 'catalog' } } })],
      ['the name is longer than any', requestWith({ plan: { ...plan, target: { cluster: 'shop', service: 'c'.repeat(256) } } })],
      ['a letter only looks alike', requestWith({ plan: { ...plan, target: { cluster: 'shop', service: 'c\u0430talog' } } })],
      ['the plan changes another service than the one diagnosed', requestWith({ hypothesis: { ...base.hypothesis, service: 'cart' } })],
    ],
  },
  'protected-target': {
    passes: [
      ['it is an ordinary service', base],
      ['its name merely holds a protected one', base, settingsWith({ protectedServices: ['cat', 'log', '.*'] })],
      ['it is protected in another cluster', base, settingsWith({ protectedServices: ['bank/catalog'] })],
    ],
    denies: [
      ['it is the agent', requestWith({ plan: { ...plan, target: { cluster: 'ops', service: 'kintsugi' } } })],
      ...['kintsugi', 'postgres', 'prometheus-1', 'alertmanager'].map((service): [string, PolicyRequest, PolicySettings] => [
        `it is ${service}, and the policy lists nothing`,
        requestWith({ plan: { ...plan, target: { cluster: 'ops', service } } }),
        settingsWith({ protectedServices: [] }),
      ]),
      ['it is spelt in other letters', requestWith({ plan: { ...plan, target: { cluster: 'ops', service: 'Prometheus' } } })],
      ['a pattern fits it', base, settingsWith({ protectedServices: ['c*log'] })],
      ['it is protected in its cluster', base, settingsWith({ protectedServices: ['shop/cat*'] })],
    ],
  },
  'evidence-complete': {
    passes: [
      ['all required sources answered', base],
      [
        'a source that is not required was cut',
        requestWith({
          evidence: [...base.evidence, { source: 'cloudwatch-logs', status: 'truncated', observedAt: ago(1), factsAboutTarget: 1 }],
        }),
      ],
      ['a source found nothing', requestWith({ evidence: base.evidence.map((one) => ({ ...one, status: 'nothing' as const })) })],
    ],
    denies: [
      [
        'the younger answer failed and came first',
        requestWith({ evidence: [{ source: 'ecs', status: 'failed', observedAt: ago(1), factsAboutTarget: 0 }, ...base.evidence] }),
      ],
      [
        'of two answers at one moment the later failed',
        requestWith({ evidence: [...base.evidence, { source: 'ecs', status: 'failed', observedAt: ago(2), factsAboutTarget: 0 }] }),
      ],
      ['a source is missing', requestWith({ evidence: base.evidence.slice(0, 1) })],
      ['a source failed', requestWith({ evidence: base.evidence.map((one) => ({ ...one, status: 'failed' as const })) })],
      [
        'a source that is not required failed',
        requestWith({
          evidence: [...base.evidence, { source: 'cloudwatch-logs', status: 'failed', observedAt: ago(1), factsAboutTarget: 1 }],
        }),
      ],
      ['a source was cut', requestWith({ evidence: base.evidence.map((one) => ({ ...one, status: 'truncated' as const })) })],
      [
        'the last answer of a source failed after an earlier one was found',
        requestWith({ evidence: [...base.evidence, { source: 'ecs', status: 'failed', observedAt: ago(1), factsAboutTarget: 1 }] }),
      ],
    ],
  },
  'evidence-fresh': {
    passes: [
      ['it is seconds old', base],
      ['it is as old as it may be', requestWith({ evidence: base.evidence.map((one) => ({ ...one, observedAt: ago(120) })) })],
      ['two clocks differ by seconds', requestWith({ evidence: base.evidence.map((one) => ({ ...one, observedAt: ago(-5) })) })],
    ],
    denies: [
      ['it is too old', requestWith({ evidence: base.evidence.map((one) => ({ ...one, observedAt: ago(121) })) })],
      ['its time cannot be read', requestWith({ evidence: base.evidence.map((one) => ({ ...one, observedAt: 'soon' })) })],
      ['it comes from the future', requestWith({ evidence: base.evidence.map((one) => ({ ...one, observedAt: ago(-60) })) })],
    ],
  },
  'independent-sources': {
    passes: [
      ['two sources saw it', base],
      ['one is asked for, and one saw it', requestWith({ evidence: base.evidence.slice(0, 1) }), settingsWith({ independentSources: 1 })],
    ],
    denies: [
      ['one source saw it, twice', requestWith({ evidence: base.evidence.map((one) => ({ ...one, source: 'prometheus' })) })],
      ['the second knows nothing of it', requestWith({ evidence: base.evidence.map((one, i) => ({ ...one, factsAboutTarget: i })) })],
      ['nobody saw it', requestWith({ evidence: [] })],
    ],
  },
  'trouble-age': {
    passes: [
      ['it has lasted as long as it must', requestWith({ troubleSince: ago(120) })],
      ['nothing is asked for', requestWith({ troubleSince: ago(0) }), settingsWith({ minimumTroubleSeconds: 0 })],
    ],
    denies: [
      ['it is younger', requestWith({ troubleSince: ago(119) })],
      ['its beginning cannot be read', requestWith({ troubleSince: 'lately' })],
      ['it begins in the future', requestWith({ troubleSince: ago(-10) }), settingsWith({ minimumTroubleSeconds: 0 })],
    ],
  },
  confidence: {
    passes: [
      ['it is above the threshold', base],
      ['it is as high as it must be', requestWith({ hypothesis: { ...base.hypothesis, confidence: 0.7 } })],
    ],
    asks: [
      ['a model proposed the cause', requestWith({ hypothesis: proposed })],
      ['a model proposed the cause, and no confidence is needed', requestWith({ hypothesis: { ...proposed, confidence: 1 } })],
    ],
    denies: [
      ['it is below the threshold', requestWith({ hypothesis: { ...base.hypothesis, confidence: 0.69 } })],
      ['it is no number', requestWith({ hypothesis: { ...base.hypothesis, confidence: Number.NaN } })],
      ['the cause cites no evidence', requestWith({ hypothesis: { ...base.hypothesis, evidence: [] } })],
      ['a model proposed the cause and cites no evidence', requestWith({ hypothesis: { ...proposed, evidence: [] } })],
      ['the action asks for more', base, settingsWith({ confidence: { default: 0.5, byAction: { 'stop-task': 0.95 } } })],
    ],
  },
  'freeze-window': {
    passes: [
      ['it has not begun', base, settingsWith({ freezeWindows: [{ days: [2], from: '13:00', to: '14:00' }] })],
      [
        'it ended minutes ago',
        requestWith({ now: '2026-03-10T12:45:00.000Z' }),
        settingsWith({ freezeWindows: [{ days: [2], from: '12:20', to: '12:40' }] }),
      ],
      ["the day before's window is over", base, settingsWith({ freezeWindows: [{ days: [1], from: '22:00', to: '12:00' }] })],
      ['no window is set', base],
      ['the window is over', base, settingsWith({ freezeWindows: [{ days: [2], from: '08:00', to: '12:00' }] })],
      ['the window is on another day', base, settingsWith({ freezeWindows: [{ days: [3], from: '08:00', to: '18:00' }] })],
    ],
    denies: [
      [
        'it began minutes ago',
        requestWith({ now: '2026-03-10T12:30:00.000Z' }),
        settingsWith({ freezeWindows: [{ days: [2], from: '12:20', to: '12:40' }] }),
      ],
      ['its beginning cannot be read', base, settingsWith({ freezeWindows: [{ days: [], from: '112:00', to: '13:00' }] })],
      ['its end cannot be read', base, settingsWith({ freezeWindows: [{ days: [], from: '12:00', to: '13:000' }] })],
      ['it is inside the window', base, settingsWith({ freezeWindows: [{ days: [2], from: '12:00', to: '13:00' }] })],
      [
        "it is after midnight of the day before's window",
        base,
        settingsWith({ freezeWindows: [{ days: [1], from: '22:00', to: '12:01' }] }),
      ],
      ['the window lasts the whole day', base, settingsWith({ freezeWindows: [{ days: [2], from: '00:00', to: '00:00' }] })],
      ['the time cannot be read', requestWith({ now: 'now' })],
    ],
  },
  cooldown: {
    passes: [
      ['nothing was changed', base],
      ['the change is older than the cooldown', requestWith({ changes: [change({ target, at: ago(901) })] })],
      ['another service was changed', requestWith({ changes: [change({ at: ago(10) })] })],
    ],
    denies: [
      ['the service was changed within the cooldown', requestWith({ changes: [change({ target, at: ago(899) })] })],
      ['the time of a change cannot be read', requestWith({ changes: [change({ target, at: '' })] })],
      ['the changes could not be read', requestWith({ changes: null })],
    ],
  },
  'change-in-flight': {
    passes: [
      ['the last change is verified', requestWith({ changes: [change({ target })] })],
      ['the change in flight is on another service', requestWith({ changes: [change({ finished: false, verified: null })] })],
    ],
    denies: [
      ["another incident's change is not finished", requestWith({ changes: [change({ target, finished: false, verified: null })] })],
      ["another incident's change is not verified", requestWith({ changes: [change({ target, verified: null })] })],
      ['our own change is not finished', requestWith({ changes: [change({ target, incidentId: 'incident-1', finished: false })] })],
      ['the changes could not be read', requestWith({ changes: null })],
    ],
  },
  'action-budget': {
    passes: [
      ['two of three are used', requestWith({ changes: [change({ at: ago(10) }), change({ at: ago(20) })] })],
      ['other actions used theirs', requestWith({ changes: [10, 20, 30].map((seconds) => change({ action: 'a', at: ago(seconds) })) })],
    ],
    denies: [
      ['three of three are used', requestWith({ changes: [10, 20, 599].map((seconds) => change({ at: ago(seconds) })) })],
      ['the changes could not be read', requestWith({ changes: null })],
    ],
  },
  'target-budget': {
    passes: [
      ['the last one was longer ago', requestWith({ changes: [change({ target, at: ago(900) })] })],
      ['another service used its own', requestWith({ changes: [change({ at: ago(10) })] })],
    ],
    denies: [
      ['the only one is used', requestWith({ changes: [change({ target, at: ago(899) })] })],
      ['the changes could not be read', requestWith({ changes: null })],
    ],
  },
  'cluster-budget': {
    passes: [
      ['two of three are used', requestWith({ changes: [change({ at: ago(10) }), change({ at: ago(20) })] })],
      [
        'three are used in a cluster whose name begins alike',
        requestWith({ changes: [10, 20, 30].map((seconds) => change({ target: 'ecs:shop-2/cart', at: ago(seconds) })) }),
      ],
    ],
    denies: [
      [
        'three of three are used, by whatever action',
        requestWith({ changes: [10, 20, 599].map((seconds) => change({ action: `a${seconds}`, at: ago(seconds) })) }),
      ],
      ['the changes could not be read', requestWith({ changes: null })],
    ],
  },
  'fleet-budget': {
    passes: [
      [
        'five of six are used',
        requestWith({ changes: [1, 2, 3, 4, 5].map((minutes) => change({ action: `a${minutes}`, at: ago(minutes * 60) })) }),
      ],
    ],
    denies: [
      [
        'six of six are used',
        requestWith({ changes: [1, 2, 3, 4, 5, 6].map((minutes) => change({ action: `a${minutes}`, at: ago(minutes * 60) })) }),
      ],
      ['the changes could not be read', requestWith({ changes: null })],
    ],
  },
  'blast-radius': {
    passes: [
      ['it takes out as much as it may', requestWith({ plan: { ...plan, blastRadius: { services: 1, tasks: 1, shareOfCapacity: 0.5 } } })],
      ['it takes out a third', base],
      [
        'it only tells somebody',
        requestWith({ purpose: 'tell', plan: { ...plan, blastRadius: { services: 0, tasks: 0, shareOfCapacity: 0 } } }),
      ],
    ],
    denies: [
      [
        'nobody knows how many tasks',
        requestWith({ plan: { ...plan, blastRadius: { services: 1, tasks: Number.NaN, shareOfCapacity: 0.1 } } }),
      ],
      ['it takes out too much', requestWith({ plan: { ...plan, blastRadius: { services: 1, tasks: 2, shareOfCapacity: 2 / 3 } } })],
      ['it touches two services', requestWith({ plan: { ...plan, blastRadius: { services: 2, tasks: 1, shareOfCapacity: 0.1 } } })],
      ['it touches no service', requestWith({ plan: { ...plan, blastRadius: { services: 0, tasks: 0, shareOfCapacity: 0 } } })],
      ['it only tells somebody, and touches a service', requestWith({ purpose: 'tell' })],
      [
        'it only tells somebody, and touches a task',
        requestWith({ purpose: 'tell', plan: { ...plan, blastRadius: { services: 0, tasks: 1, shareOfCapacity: 0 } } }),
      ],
      ['the share is no number', requestWith({ plan: { ...plan, blastRadius: { services: 1, tasks: 1, shareOfCapacity: Number.NaN } } })],
      ['the share is below zero', requestWith({ plan: { ...plan, blastRadius: { services: 1, tasks: 1, shareOfCapacity: -1 } } })],
    ],
  },
  'mass-failure': {
    passes: [
      [
        'a cluster of two has two troubles',
        requestWith({ knownServices: ['catalog', 'cart'], troubledServices: ['catalog', 'cart'], calls: [] }),
      ],
      [
        'the share is just what it may be',
        requestWith({
          troubledServices: ['cart', 'payment'],
          knownServices: Array.from({ length: 10 }, (_, index) => `s${index}`),
          calls: [],
        }),
      ],
      ['callers merely suffer from one callee', requestWith({ troubledServices: ['storefront', 'checkout', 'cart'] })],
      ['two services fail side by side', requestWith({ troubledServices: ['catalog', 'payment'] })],
      [
        'three troubles are few among many services',
        requestWith({
          troubledServices: ['cart', 'payment'],
          knownServices: Array.from({ length: 20 }, (_, index) => `s${index}`),
          calls: [],
        }),
      ],
    ],
    denies: [
      [
        'all three of three are in trouble, though one explains them',
        requestWith({
          knownServices: ['catalog', 'storefront', 'database'],
          troubledServices: ['catalog', 'storefront', 'database'],
        }),
      ],
      ['the inventory is empty', requestWith({ knownServices: [] })],
      ['three unrelated services fail', requestWith({ troubledServices: ['catalog', 'payment', 'cart'] })],
      ['the target makes it three', requestWith({ troubledServices: ['payment', 'cart'] })],
      ['every known service is in trouble', requestWith({ troubledServices: base.knownServices })],
      [
        'nobody knows who calls whom and three are in trouble',
        requestWith({ troubledServices: ['storefront', 'checkout', 'cart'], calls: [] }),
      ],
      ['the calls could not be read', requestWith({ calls: null })],
      ['the troubled services could not be read', requestWith({ troubledServices: null })],
      ['the inventory could not be read', requestWith({ knownServices: null })],
    ],
  },
  'incident-changes': {
    passes: [
      ['one of two is made', requestWith({ changes: [change({ incidentId: 'incident-1' })] })],
      ['other incidents made theirs', requestWith({ changes: [1, 2, 3].map((minutes) => change({ at: ago(minutes * 60) })) })],
    ],
    denies: [
      ['both are made', requestWith({ changes: [change({ incidentId: 'incident-1' }), change({ incidentId: 'incident-1' })] })],
      ['the changes could not be read', requestWith({ changes: null })],
    ],
  },
  'circuit-breaker': {
    passes: [
      ['one change failed', requestWith({ changes: [change({ target, at: ago(1000), verified: 'not-recovered' })] })],
      [
        'other actions failed on other services',
        requestWith({ changes: [1000, 2000].map((seconds) => change({ action: 'a', at: ago(seconds), verified: 'harmed' })) }),
      ],
      [
        'its time is over and no try is on its way',
        requestWith({ changes: [4000, 4400].map((seconds) => change({ target, at: ago(seconds), verified: 'harmed' })) }),
      ],
    ],
    denies: [
      [
        'its time is over and the one try is on its way',
        requestWith({
          changes: [
            change({ target, at: ago(10), verified: null }),
            ...[4000, 4400].map((seconds) => change({ target, at: ago(seconds), verified: 'harmed' })),
          ],
        }),
      ],
      [
        'two changes of the service failed, by whatever action',
        requestWith({
          changes: [
            change({ target, action: 'force-new-deployment', at: ago(1000), verified: 'not-recovered' }),
            change({ target, action: 'scale-service', at: ago(2000), verified: 'harmed' }),
          ],
        }),
      ],
      [
        'the action failed twice on other services',
        requestWith({ changes: [1000, 2000].map((seconds) => change({ at: ago(seconds), verified: 'harmed' })) }),
      ],
      ['the changes could not be read', requestWith({ changes: null })],
    ],
  },
  'second-opinion': {
    passes: [
      ['nobody was asked for one', base],
      ['a model agrees', requestWith({ hypothesis: { ...base.hypothesis, secondOpinion: opinion('agrees') } })],
      ['a model doubts, which the confidence shows', requestWith({ hypothesis: { ...base.hypothesis, secondOpinion: opinion('doubts') } })],
      [
        'a model objects and somebody is only told',
        requestWith({ purpose: 'tell', hypothesis: { ...base.hypothesis, secondOpinion: opinion('objects') } }),
      ],
    ],
    asks: [
      ['a model objects', requestWith({ hypothesis: { ...base.hypothesis, secondOpinion: opinion('objects') } })],
      ['a model proposed the cause', requestWith({ hypothesis: proposed })],
      ['somebody is only told of what a model proposed', requestWith({ purpose: 'tell', hypothesis: proposed })],
    ],
    denies: [],
  },
  autonomy: {
    passes: [['the level is auto', base]],
    asks: [
      ['the level is approve', base, settingsWith({ autonomy: { default: 'auto', byAction: { 'stop-task': 'approve' } } })],
      ['the action never runs without a human', requestWith({ needsApproval: 'it cannot be undone' })],
    ],
    denies: [
      ['its record could not be read', requestWith({ record: null })],
      ['the level is observe', base, settingsWith({ autonomy: { default: 'observe', byAction: {} } })],
      ['the level is suggest', base, settingsWith({ autonomy: { default: 'auto', byAction: { 'stop-task': 'suggest' } } })],
    ],
  },
};

describe.each(Object.entries(cases))('%s', (name, { passes, asks = [], denies }) => {
  it.each(passes)('passes when %s', (_, request, settings) => {
    expect(answer(name, request, settings).decision).toBe('pass');
  });
  it.each(asks)('asks a human when %s', (_, request, settings) => {
    expect(answer(name, request, settings).decision).toBe('ask');
  });
  it.each(denies)('denies when %s', (_, request, settings) => {
    expect(answer(name, request, settings).decision).toBe('deny');
  });
});

it('says in each reason, in a full sentence, what decided', async () => {
  const said = Object.entries(cases).flatMap(([name, { passes, asks = [], denies }]) =>
    [...passes, ...asks, ...denies].map(([when, request, settings]) => {
      const { decision, reason } = answer(name, request, settings);
      expect(reason).toMatch(/^\S.{8,}\.$/);
      return `${name}, when ${when}\n  ${decision}: ${reason}`;
    }),
  );
  await expect(`${said.join('\n')}\n`).toMatchFileSnapshot('fixtures/reasons.txt');
});
