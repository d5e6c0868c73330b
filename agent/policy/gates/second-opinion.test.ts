import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ago, requestWith, settingsWith } from '../../testing/policy-request.ts';
import type { Experience } from '../earned/experience.ts';
import { judge } from '../judge.ts';

const { hypothesis } = requestWith();
const levels = ['observe', 'suggest', 'approve', 'auto'] as const;

/** So good a record that every level is earned. */
const proven: Experience[] = Array.from({ length: 20 }, (_, index) => ({
  kind: 'change',
  incidentId: `incident-${index}`,
  at: ago(90_000 + index * 60),
  verified: 'recovered',
  againAt: null,
}));
const order: Experience = { kind: 'order', at: ago(60), level: 'auto', by: 'ann', reason: 'it is trusted' };

const policies = fc.record({
  default: fc.constantFrom(...levels),
  byAction: fc.constantFrom({}, ...levels.map((level) => ({ 'stop-task': level }))),
  isEarned: fc.boolean(),
  start: fc.constantFrom(...levels),
  record: fc.constantFrom([], proven, [...proven, order], [order]),
  threshold: fc.constantFrom(0, 0.3, 0.7),
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
});

function verdictOn(change: Partial<typeof hypothesis>, { isEarned, start, record, threshold, confidence, ...autonomy }: Policies) {
  const settings = settingsWith({
    autonomy,
    earning: { on: isEarned, start, successes: 3 },
    confidence: { default: threshold, byAction: {} },
  });
  return judge(requestWith({ record, hypothesis: { ...hypothesis, confidence, ...change } }), settings).decision;
}
type Policies = typeof policies extends fc.Arbitrary<infer Values> ? Values : never;

it('lets nothing that a model proposed be done without a person, whatever the level and however it was earned', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(policies, (policy) => {
      const decision = verdictOn({ proposedBy: 'model' }, policy);
      seen.add(decision);
      expect(decision).not.toBe('allow');
    }),
    { numRuns: 1_000 },
  );
  expect([...seen].sort()).toEqual(['ask', 'deny']);
});

it('never lets more happen for a second opinion than without one, and asks where it objects', () => {
  const rank = { deny: 0, ask: 1, allow: 2 };
  const stances = fc.constantFrom('agrees' as const, 'doubts' as const, 'objects' as const);
  let heldBack = 0;
  fc.assert(
    fc.property(policies, stances, (policy, stance) => {
      const without = verdictOn({}, policy);
      const opinion = { stance, reason: 'r', evidence: hypothesis.evidence, model: 'a:b', before: policy.confidence };
      const decision = verdictOn({ secondOpinion: opinion }, policy);
      if (stance === 'objects' && without === 'allow') heldBack += 1;
      expect(decision).toBe(stance === 'objects' && without === 'allow' ? 'ask' : without);
      expect(rank[decision]).toBeLessThanOrEqual(rank[without]);
    }),
    { numRuns: 1_000 },
  );
  expect(heldBack).toBeGreaterThan(0);
});
