import { describe, expect, it } from 'vitest';
import type { PolicySettings } from '../policy/request.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeployment, badDeploymentCured, healthy } from '../testing/scenes.ts';
import { AutonomyDetail, AutonomyList } from './contract.ts';

const { start } = agentsOfTest();
const place = '/autonomy/shop/checkout/roll-back-deployment';
const approval = { people: {}, groups: { 'on-call': ['ann'] }, approvers: ['on-call'], byAction: {}, byService: {} };
const policy: Partial<PolicySettings> = {
  approval,
  autonomy: { default: 'approve', byAction: {} },
  earning: { on: true, start: 'observe', successes: 3 },
};

describe('GET /api/autonomy', () => {
  it('lists every service and action of which anything is known, with the level and what it rests on', async () => {
    const { alert, closed, api } = await start(badDeploymentCured, { policy: { autonomy: { default: 'auto', byAction: {} } } });
    expect((await api('/autonomy')).body).toEqual({ autonomy: [] });
    await closed(await alert('checkout'));
    const { autonomy } = AutonomyList.parse((await api('/autonomy')).body);
    expect(autonomy).toEqual([
      {
        cluster: 'shop',
        service: 'checkout',
        action: 'roll-back-deployment',
        level: 'auto',
        because: 'as the policy says',
        ceiling: 'auto',
        row: null,
        needed: null,
        counts: { recovered: 1 },
        order: null,
      },
    ]);
  });

  it('tells each step, and the plans that were not carried out beside what happened', async () => {
    const { alert, closed, api } = await start(badDeployment, { policy });
    const incident = await closed(await alert('checkout'));
    await api(place, { level: 'suggest', by: 'ann', reason: 'seen it often' }, 'PUT');
    const { autonomy, steps, shadows } = AutonomyDetail.parse((await api(place)).body);
    expect(autonomy).toMatchObject({ level: 'suggest', ceiling: 'approve', row: 0, needed: 3, order: { level: 'suggest', by: 'ann' } });
    expect(steps).toMatchObject([{ what: 'ann set it to suggest: seen it often', level: 'suggest', row: 0 }]);
    expect(shadows).toMatchObject([
      { incidentId: incident.id, plan: { action: 'roll-back-deployment' }, cause: 'bad-deployment', result: null, detail: '' },
    ]);
  });

  it('knows no action and no service that does not exist', async () => {
    const { api } = await start(healthy);
    expect(await api('/autonomy/shop/checkout/reboot')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await api('/autonomy/shop/chekout/stop-task')).toMatchObject({ status: 404 });
    expect(await api(place)).toMatchObject({ status: 200, body: { autonomy: { counts: {} }, steps: [], shadows: [] } });
  });
});

describe('PUT /api/autonomy', () => {
  it('sets a level that holds at once, with an audit entry, and takes it back', async () => {
    const { alert, closed, api, trail, world } = await start(badDeploymentCured, {
      policy: { approval, autonomy: { default: 'auto', byAction: {} }, earning: { on: false, start: 'suggest', successes: 3 } },
    });
    const lowered = await api(place, { level: 'suggest', by: 'bob', reason: 'we deploy tonight' }, 'PUT');
    expect(lowered).toMatchObject({
      status: 200,
      body: { autonomy: { level: 'suggest', because: 'bob set it to suggest: we deploy tonight' } },
    });
    const held = await closed(await alert('checkout'));
    expect(held).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('we deploy tonight') });
    expect(world.effects).toEqual([]);

    expect((await api(place, { level: null, by: 'ann', reason: 'done' }, 'PUT')).status).toBe(200);
    expect((await closed(await alert('checkout'))).outcome).toBe('fixed');
    const orders = (await trail.list({})).filter(({ event }) => event === 'autonomy-ordered');
    expect(orders).toMatchObject([
      {
        actor: 'bob',
        detail: { target: 'ecs:shop/checkout', action: 'roll-back-deployment', level: 'suggest', reason: 'we deploy tonight' },
      },
      { actor: 'ann', detail: { level: null } },
    ]);
  });

  it('is refused from who may not approve, and then nothing is changed', async () => {
    const { api, trail } = await start(healthy, { policy });
    const refused = await api(place, { level: 'auto', by: 'bob', reason: 'why not' }, 'PUT');
    expect(refused).toMatchObject({ status: 403, body: { code: 'AUTONOMY_FORBIDDEN', detail: expect.stringContaining('bob is in none') } });
    expect((await api(place)).body).toMatchObject({ autonomy: { level: 'observe', order: null } });
    expect((await trail.list({})).map(({ event }) => event)).not.toContain('autonomy-ordered');
  });

  it('never leads beyond what the policy allows', async () => {
    const { api } = await start(healthy, { policy });
    const raised = await api(place, { level: 'auto', by: 'ann', reason: 'we trust it' }, 'PUT');
    expect(raised).toMatchObject({ status: 200, body: { autonomy: { level: 'approve', because: 'the policy allows no more' } } });
  });

  it.each([
    { level: 'full', by: 'ann', reason: 'r' },
    { level: 'auto', by: 'ann', reason: '' },
    { level: 'auto', by: 'ann' },
    { level: 'observe', reason: 'r' },
    { by: 'ann', reason: 'r' },
    { level: 'auto', by: 'ann', reason: 'r', ceiling: 'auto' },
  ])('refuses %j', async (body) => {
    const { api } = await start(healthy, { policy });
    expect(await api(place, body, 'PUT')).toMatchObject({ status: 400, body: { code: 'API_INVALID' } });
  });

  it('says so while there is no policy, and lets an action be stopped all the same', async () => {
    const { api } = await start(healthy, { deps: (deps) => ({ ...deps, policy: () => ({ fault: 'line 3 is wrong.' }) }) });
    expect((await api(place)).body).toMatchObject({ autonomy: { level: null, because: expect.stringContaining('line 3 is wrong.') } });
    expect(await api(place, { level: 'auto', by: 'ann', reason: 'r' }, 'PUT')).toMatchObject({ status: 403 });
    expect(await api(place, { level: 'observe', by: 'bob', reason: 'r' }, 'PUT')).toMatchObject({ status: 200 });
  });
});
