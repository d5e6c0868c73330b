import { describe, expect, it } from 'vitest';
import type { Change } from '../stage/stage.ts';
import { judgeScene, type Observed } from './judge.ts';
import { badRelease } from './scenes/bad-release.ts';
import { control } from './scenes/control.ts';
import { hungTask } from './scenes/hung-task.ts';
import { slowLeak } from './scenes/slow-leak.ts';

const at = Date.UTC(2026, 2, 10, 12);
const rollBack = (service: string): Change => ({
  at,
  operation: 'UpdateService',
  service,
  input: { service, taskDefinition: 'shop-checkout:1' },
});
const restart = (service: string): Change => ({ at, operation: 'UpdateService', service, input: { service, forceNewDeployment: true } });
const stopTask = (service: string): Change => ({ at, operation: 'StopTask', service, input: { task: 'abc' } });

function seen(changes: Change[], more: Partial<Observed> = {}): Observed {
  const resource = { cluster: 'shop', service: 'checkout' };
  return {
    changes,
    incidents: [{ status: 'closed', outcome: changes.length > 0 ? 'fixed' : 'no-fault', resource, outcomeReason: '' }],
    usersWell: true,
    ...more,
  };
}

describe('judgeScene', () => {
  it.each([
    [badRelease, rollBack, 'checkout'],
    [hungTask, stopTask, 'catalog'],
    [slowLeak, restart, 'cart'],
  ] as const)('calls the one expected change right in $0.title', (scene, change, service) => {
    expect(judgeScene(scene, seen([change(service)]))).toMatchObject({ right: true, action: `${scene.expected?.action} on ${service}` });
  });

  it('calls the control right only when nothing was changed', () => {
    expect(judgeScene(control, seen([]))).toMatchObject({ right: true, action: 'none' });
    expect(judgeScene(control, seen([stopTask('payment')])).right).toBe(false);
  });

  it.each([
    ['another action', seen([restart('checkout')])],
    ['another service', seen([rollBack('cart')])],
    ['a second change', seen([rollBack('checkout'), rollBack('checkout')])],
    ['no change', seen([])],
    ['users who still feel it', seen([rollBack('checkout')], { usersWell: false })],
    ['no incident', seen([rollBack('checkout')], { incidents: [] })],
  ])('calls %s wrong', (_, observed) => {
    const judged = judgeScene(badRelease, observed);
    expect(judged.right).toBe(false);
    expect(judged.why.join()).not.toBe('');
  });

  it('calls an open or an escalated incident wrong, whatever was done', () => {
    const resource = { cluster: 'shop', service: 'storefront' };
    const escalated = { status: 'closed', outcome: 'escalated', resource, outcomeReason: 'nobody knows' } as const;
    const open = { status: 'investigating', outcome: null, resource, outcomeReason: '' } as const;
    expect(judgeScene(control, seen([], { incidents: [escalated] })).why).toEqual([expect.stringContaining('nobody knows')]);
    expect(judgeScene(control, seen([], { incidents: [open] })).why).toEqual([expect.stringContaining('still investigating')]);
  });

  it('does not let the agent claim a fix it did not make', () => {
    const resource = { cluster: 'shop', service: 'payment' };
    const claimed = { status: 'closed', outcome: 'fixed', resource, outcomeReason: '' } as const;
    expect(judgeScene(control, seen([], { incidents: [claimed] })).right).toBe(false);
  });
});
