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

it('takes no order for lowering that would grant what nobody earned, the day earning is turned on', () => {
  const off = { ...policy, autonomy: { default: 'auto', byAction: {} }, earning: { ...policy.earning, on: false } } as const;
  expect(refuseOrder(off, [], asked('auto'))).toContain('bob is in none of the groups');
  expect(refuseOrder(off, [], asked('auto', 'ann'))).toBeNull();
  expect(refuseOrder(off, [], asked('approve'))).toBeNull();
  expect(refuseOrder(off, [], { ...asked('auto'), purpose: 'tell' })).toBeNull();
});

it('without a policy lets nothing through but to observe', () => {
  expect(refuseOrder({ fault: 'line 3 is wrong.' }, [], asked('observe'))).toBeNull();
  expect(refuseOrder({ fault: 'line 3 is wrong.' }, [], asked('suggest', 'ann'))).toContain('line 3 is wrong.');
});

it('leaves nobody who may not approve with a higher level than before, whatever the record', () => {
  const levels = fc.constantFrom<Autonomy[]>('observe', 'suggest', 'approve', 'auto');
  const record = fc.array(fc.option(levels).map(ordered), { maxLength: 3 });
  fc.assert(
    fc.property(record, fc.option(levels), levels, fc.boolean(), fc.boolean(), (before: Experience[], level, ceiling, on, later) => {
      const settings = { ...policy, autonomy: { default: ceiling, byAction: {} }, earning: { ...policy.earning, on } };
      if (refuseOrder(settings, before, asked(level)) !== null) return;
      const order: Experience = { ...ordered(level), at: ago(0) };
      const [was, is] = [before, [...before, order]].map((one) => levelInForce(one, ceiling, { ...settings.earning, on: later }).level);
      expect(rankOf(is ?? 'auto')).toBeLessThanOrEqual(rankOf(was ?? 'observe'));
    }),
  );
});
