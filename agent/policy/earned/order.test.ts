import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Autonomy } from '../../domain/verdict.ts';
import { ago, settingsWith } from '../../testing/policy-request.ts';
import type { PolicySettings } from '../request.ts';
import type { Experience, Order } from './experience.ts';
import { levelInForce } from './level-in-force.ts';
import { rankOf } from './levels.ts';
import { type OrderAsked, refuseOrder } from './order.ts';

const approval = { people: {}, groups: { 'on-call': ['ann'] }, approvers: ['on-call'], byAction: {}, byService: {} };
const policy: PolicySettings = settingsWith({ approval, earning: { on: true, start: 'approve', successes: 3 } });
const ordered = (level: Autonomy | null): Order => ({ kind: 'order', at: ago(60), level, by: 'ann', reason: 'r' });
const asked = (level: Autonomy | null, by = 'bob'): OrderAsked => ({
  action: 'stop-task',
  purpose: 'mend',
  target: { cluster: 'shop', service: 'catalog' },
  level,
  by,
});

it('lets anybody lower a level, and only those raise it who may approve', () => {
  expect(refuseOrder(policy, [], asked('suggest'))).toBeNull();
  expect(refuseOrder(policy, [], asked('approve'))).toBeNull();
  expect(refuseOrder(policy, [], asked('auto'))).toContain('bob is in none of the groups');
  expect(refuseOrder(policy, [], asked('auto', 'ann'))).toBeNull();
});

it('takes it for raising to let go of what an order holds down', () => {
  expect(refuseOrder(policy, [ordered('observe')], asked(null))).toContain('bob');
  expect(refuseOrder(policy, [ordered('observe')], asked(null, 'ann'))).toBeNull();
  expect(refuseOrder(policy, [], asked(null))).toBeNull();
});

it('lets nobody raise a level where no group is named', () => {
  const nobody = settingsWith({ earning: policy.earning });
  expect(refuseOrder(nobody, [], asked('auto', 'ann'))).toContain('No group may approve');
});

it('without a policy lets nothing through but to observe', () => {
  expect(refuseOrder({ fault: 'line 3 is wrong.' }, [], asked('observe'))).toBeNull();
  expect(refuseOrder({ fault: 'line 3 is wrong.' }, [], asked('suggest', 'ann'))).toContain('line 3 is wrong.');
});

it('leaves nobody who may not approve with a higher level than before, whatever the record', () => {
  const levels = fc.constantFrom<Autonomy[]>('observe', 'suggest', 'approve', 'auto');
  const record = fc.array(fc.option(levels).map(ordered), { maxLength: 3 });
  fc.assert(
    fc.property(record, fc.option(levels), levels, (before: Experience[], level, ceiling) => {
      const settings = { ...policy, autonomy: { default: ceiling, byAction: {} } };
      if (refuseOrder(settings, before, asked(level)) !== null) return;
      const order: Experience = { ...ordered(level), at: ago(0) };
      const [was, is] = [before, [...before, order]].map((one) => levelInForce(one, ceiling, settings.earning).level);
      expect(rankOf(is ?? 'auto')).toBeLessThanOrEqual(rankOf(was ?? 'observe'));
    }),
  );
});
