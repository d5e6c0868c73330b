import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { GateResult } from '../domain/verdict.ts';
import { ago, change, requestWith, settingsWith } from '../testing/policy-request.ts';
import { gates } from './gates/list.ts';
import { protecting } from './in-force.ts';
import { judge, strictest } from './judge.ts';
import type { PolicyRequest } from './request.ts';
import { policySettingsSchema } from './settings.ts';

const auto = settingsWith();

it('allows a request that passes every gate, and shows them all in order', () => {
  const verdict = judge(requestWith(), auto);
  expect(verdict.decision).toBe('allow');
  expect(verdict.gates.map(({ gate }) => gate)).toEqual([
    'kill-switch',
    'feature-flag',
    'known-target',
    'protected-target',
    'evidence-complete',
    'evidence-fresh',
    'independent-sources',
    'confidence',
    'second-opinion',
    'trouble-age',
    'freeze-window',
    'cooldown',
    'change-in-flight',
    'action-budget',
    'target-budget',
    'cluster-budget',
    'fleet-budget',
    'blast-radius',
    'mass-failure',
    'incident-changes',
    'circuit-breaker',
    'autonomy',
  ]);
});

it('allows nothing with the settings nobody has touched', () => {
  expect(judge(requestWith(), { ...policySettingsSchema.parse({}), flags: {} }).decision).toBe('deny');
});

it('allows nothing, and says why, while there is no policy to judge by', () => {
  const verdict = judge(requestWith(), { fault: 'policy.yaml, line 3: "auto-ish" is no level.' });
  expect(verdict.decision).toBe('deny');
  expect(verdict.gates).toEqual([{ gate: 'policy-file', decision: 'deny', reason: expect.stringContaining('line 3') }]);
});

it('never changes the service the agent itself is, whatever the list says', () => {
  const own = { cluster: 'shop', service: 'catalog' };
  const withoutList = settingsWith({ protectedServices: [] });
  expect(judge(requestWith(), protecting(null, () => withoutList)()).decision).toBe('allow');
  const denied = judge(requestWith(), protecting(own, () => withoutList)()).gates.filter(({ decision }) => decision !== 'pass');
  expect(denied).toEqual([{ gate: 'protected-target', decision: 'deny', reason: expect.stringContaining('shop/catalog') }]);
  const elsewhere = protecting({ ...own, cluster: 'ops' }, () => withoutList);
  expect(judge(requestWith(), elsewhere()).decision).toBe('allow');
  const fault = { fault: 'it is gone.' };
  expect(protecting(own, () => fault)()).toBe(fault);
});

it('asks when a human has to agree and nothing speaks against it', () => {
  const settings = settingsWith({ autonomy: { default: 'approve', byAction: {} } });
  expect(judge(requestWith(), settings).decision).toBe('ask');
  expect(judge(requestWith({ killSwitch: true }), settings).decision).toBe('deny');
});

it('lets somebody be told what may not be done', () => {
  const plan = { ...requestWith().plan, blastRadius: { services: 0, tasks: 0, shareOfCapacity: 0 } };
  const troubled = { plan, evidence: [], troubleSince: 'lately', troubledServices: null };
  expect(judge(requestWith({ ...troubled, purpose: 'tell' }), auto).decision).toBe('allow');
  expect(judge(requestWith({ ...troubled, purpose: 'tell', killSwitch: true }), auto).decision).toBe('deny');
  expect(judge(requestWith({ ...troubled, purpose: 'tell' }), settingsWith({ flags: {} })).decision).toBe('deny');
  expect(judge(requestWith(troubled), auto).decision).toBe('deny');
});

it('asks of a plan that only tells somebody nothing that guards a service', () => {
  const { gates: answers } = judge(requestWith({ purpose: 'tell' }), auto);
  const unasked = answers.filter(({ reason }) => reason === 'Nothing is changed: it only tells somebody.');
  expect(unasked.map(({ decision }) => decision)).toEqual(unasked.map(() => 'pass'));
  expect(unasked.map(({ gate }) => gate)).toEqual([
    'protected-target',
    'evidence-complete',
    'evidence-fresh',
    'independent-sources',
    'confidence',
    'trouble-age',
    'freeze-window',
    'change-in-flight',
    'mass-failure',
  ]);
});

it('shows every reason, not only the first', () => {
  const verdict = judge(requestWith({ killSwitch: true, changes: null }), settingsWith({ flags: {} }));
  expect(verdict.gates).toHaveLength(gates.length);
  expect(verdict.gates.filter(({ decision }) => decision === 'deny').length).toBeGreaterThan(5);
});

it('denies, and does not throw, when a gate cannot read what it is given', () => {
  const broken = { ...requestWith(), plan: null } as unknown as PolicyRequest;
  const verdict = judge(broken, auto);
  expect(verdict.decision).toBe('deny');
  expect(verdict.gates.find(({ gate }) => gate === 'feature-flag')?.reason).toMatch(/^The gate could not judge what it was given: .+/);
});

const pastChanges = fc.array(
  fc
    .record({
      service: fc.constantFrom('catalog', 'cart', 'payment'),
      action: fc.constantFrom('stop-task', 'force-new-deployment'),
      seconds: fc.integer({ min: 0, max: 86_400 }),
      finished: fc.boolean(),
      verified: fc.constantFrom('recovered', 'not-recovered', 'harmed', 'unproven', null),
      incidentId: fc.constantFrom('incident-1', 'other'),
    })
    .map(({ service, seconds, ...rest }) => change({ ...rest, target: `ecs:shop/${service}`, at: ago(seconds) })),
  { maxLength: 4 },
);
const requests = fc
  .record({
    changes: pastChanges,
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    troubledServices: fc.subarray(['storefront', 'catalog', 'cart', 'checkout', 'payment', 'database']),
    killSwitch: fc.boolean(),
  })
  .map(({ changes, confidence, troubledServices, killSwitch }) =>
    requestWith({
      changes,
      killSwitch,
      troubledServices,
      hypothesis: { ...requestWith().hypothesis, confidence },
    }),
  );

it('allows nothing while the kill switch is on', () => {
  fc.assert(
    fc.property(requests, (request) => {
      expect(judge({ ...request, killSwitch: true }, auto).decision).toBe('deny');
    }),
  );
});

it.each(['killSwitch', 'knownServices', 'changes', 'record', 'troubledServices', 'calls'] as const)(
  'allows nothing when %s could not be read',
  (field) => {
    expect(judge({ ...requestWith(), [field]: null }, auto).decision).toBe('deny');
    fc.assert(
      fc.property(requests, (request) => {
        expect(judge({ ...request, [field]: null }, auto).decision).toBe('deny');
      }),
    );
  },
);

it('allows only what every single gate lets pass', () => {
  let allowed = 0;
  fc.assert(
    fc.property(requests, (request) => {
      const verdict = judge(request, auto);
      if (verdict.decision === 'allow') allowed += 1;
      expect(verdict.decision === 'allow').toBe(verdict.gates.every(({ decision }) => decision === 'pass'));
    }),
    { numRuns: 500 },
  );
  expect(allowed).toBeGreaterThan(0);
});

it('never turns a no into a yes by one more answer', () => {
  const result: fc.Arbitrary<GateResult> = fc.record({
    gate: fc.constant('autonomy' as const),
    decision: fc.constantFrom('pass', 'ask', 'deny'),
    reason: fc.constant('x'),
  });
  const rank = { deny: 0, ask: 1, allow: 2 };
  fc.assert(
    fc.property(fc.array(result, { minLength: 1 }), result, (results, more) => {
      expect(rank[strictest([...results, more])]).toBeLessThanOrEqual(rank[strictest(results)]);
      expect(strictest([...results, { ...more, decision: 'deny' }])).toBe('deny');
    }),
  );
  expect(strictest([])).toBe('deny');
});
