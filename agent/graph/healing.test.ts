import { describe, expect, it } from 'vitest';
import type { AuditTrail } from '../audit/trail.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import {
  badDeployment,
  badDeploymentCured,
  badDeploymentNotCured,
  badDeploymentWorsened,
  brokenReader,
  healthy,
  silent,
  slowCart,
} from '../testing/scenes.ts';
import { createWorld, fakeCatalog } from '../testing/world.ts';

const { start } = agentsOfTest();
const rollBack = { cluster: 'shop', service: 'checkout', by: 'roll-back-deployment' };

describe('a bad deployment', () => {
  it('is rolled back once, verified and closed as fixed', async () => {
    const { alert, closed, world, timeline, actions } = await start(badDeploymentCured);
    const incident = await closed(await alert('checkout'));
    expect(incident).toMatchObject({ status: 'closed', outcome: 'fixed' });
    expect(world.effects).toEqual([{ ...rollBack, step: 'execute' }]);
    expect(await actions.ofIncident(incident.id)).toMatchObject([{ status: 'done', verified: 'recovered' }]);
    expect((await timeline(incident)).map((row) => row.event)).toEqual([
      'incident-opened',
      'evidence-collected',
      'diagnosis',
      'audited',
      'verdict',
      'action-intended',
      'action-finished',
      'verification',
      'incident-closed',
    ]);
  });

  it('is found and rolled back when only its caller alerts', async () => {
    const { alert, closed, world } = await start(badDeploymentCured);
    expect((await closed(await alert('storefront'))).outcome).toBe('fixed');
    expect(world.effects).toEqual([{ ...rollBack, step: 'execute' }]);
  });

  it.each(['checkout', 'storefront'])('is found behind %s, which cannot read what it answers, and is rolled back', async (alerting) => {
    const { alert, closed, world } = await start(brokenReader);
    expect((await closed(await alert(alerting))).outcome).toBe('fixed');
    expect(world.effects).toEqual([{ ...rollBack, service: 'cart', step: 'execute' }]);
  });

  it('is deployed again when the roll-back did not help, then looked at once more and handed over with the story', async () => {
    const { alert, closed, world, timeline, actions } = await start(badDeploymentNotCured);
    const incident = await closed(await alert('checkout'));
    expect(incident.outcome).toBe('escalated');
    expect(world.effects).toEqual([
      { ...rollBack, step: 'execute' },
      { ...rollBack, step: 'undo' },
    ]);
    expect(incident.outcomeReason).toContain('roll-back-deployment on ecs:shop/checkout (not-recovered), undo of roll-back-deployment');
    const rows = await timeline(incident);
    expect(rows.filter((row) => row.event === 'diagnosis').map((row) => row.detail.round)).toContain(2);
    expect(rows.at(-1)).toMatchObject({ event: 'escalated', detail: { changes: [{ verified: 'not-recovered' }, { step: 'undo' }] } });
    expect((await actions.changesSince('2026-01-01')).filter(({ verified }) => verified === 'not-recovered')).toHaveLength(1);
  });

  it('is deployed again when the roll-back did harm, then looked at once more and handed over with the story', async () => {
    const { alert, closed, world, timeline } = await start(badDeploymentWorsened);
    const incident = await closed(await alert('checkout'));
    expect(incident.outcome).toBe('escalated');
    expect(incident.outcomeReason).toContain('roll-back-deployment on ecs:shop/checkout (harmed), undo of roll-back-deployment');
    expect(world.effects.map((effect) => effect.step)).toEqual(['execute', 'undo']);
    const rows = await timeline(incident);
    expect(rows.filter((row) => row.event === 'verification').map((row) => row.detail.result)).toEqual(['harmed', 'not-recovered']);
    expect(rows.filter((row) => row.event === 'diagnosis').map((row) => row.detail.round)).toContain(2);
  });

  it('stays as it is after harm when the kill switch was turned on meanwhile', async () => {
    const { alert, closed, world, killSwitch, until } = await start(badDeploymentWorsened);
    const opened = await alert('checkout');
    await until(() => world.effects.length === 1);
    killSwitch.on = true;
    const incident = await closed(opened);
    expect(incident.outcomeReason).toMatch(/harmed: .*The undo was not made .*kill-switch/);
    expect(world.effects).toHaveLength(1);
  });
});

it('restarts a service all of whose tasks are slow, for which nothing can be put back', async () => {
  const { alert, closed, world } = await start(slowCart);
  expect((await closed(await alert('cart', 'HighLatency'))).outcome).toBe('fixed');
  expect(world.effects).toEqual([{ cluster: 'shop', service: 'cart', by: 'force-new-deployment', step: 'execute' }]);
});

describe('an alert about nothing', () => {
  it('is closed as no fault without a change, once it was seen to hold', async () => {
    const { alert, closed, world, timeline } = await start(healthy);
    const incident = await closed(await alert('checkout'));
    expect(incident.outcome).toBe('no-fault');
    expect(world.effects).toEqual([]);
    expect((await timeline(incident)).map((row) => row.event).slice(-2)).toEqual(['verification', 'incident-closed']);
  });

  it('goes to a human as unproven when the data vanishes while it is watched', async () => {
    const { alert, closed, world, until } = await start(healthy);
    const opened = await alert('checkout');
    await until(() => world.questions >= 6);
    world.scene = silent;
    const incident = await closed(opened);
    expect(incident.outcome).toBe('escalated');
    expect(incident.outcomeReason).toMatch(/^unproven: /);
    expect(world.effects).toEqual([]);
  });

  it('is looked into anew when the trouble comes back while it is watched', async () => {
    const { alert, closed, world, until } = await start(healthy);
    const opened = await alert('checkout');
    await until(() => world.questions >= 6);
    world.scene = badDeploymentCured;
    expect((await closed(opened)).outcome).toBe('fixed');
    expect(world.effects).toEqual([{ ...rollBack, step: 'execute' }]);
  });
});

/** Neither of two runs goes on before the other was judged. */
function afterBothVerdicts(trail: AuditTrail): AuditTrail {
  const both = Promise.withResolvers<void>();
  let judged = 0;
  return {
    ...trail,
    async append(entry) {
      await trail.append(entry);
      if (entry.event !== 'verdict' || judged >= 2) return;
      judged += 1;
      if (judged === 2) both.resolve();
      await both.promise;
    },
  };
}

describe('two incidents about one cause', () => {
  it.each([
    ['the callee first', ['checkout', 'storefront'], false],
    ['the caller first', ['storefront', 'checkout'], false],
    ['the callee a while later', ['storefront', 'checkout'], true],
    ['the caller a while later', ['checkout', 'storefront'], true],
  ] as const)('lead to one change, %s', async (_, services, later) => {
    const { alert, closed, until, world } = await start(badDeploymentCured);
    const first = await alert(services[0]);
    if (later) await until(() => world.effects.length === 1);
    const second = await alert(services[1]);
    const outcomes = [(await closed(first)).outcome, (await closed(second)).outcome];
    // One that comes when all is well again finds nothing to do.
    expect(outcomes.sort()).toEqual(['fixed', later ? 'no-fault' : 'recovered']);
    expect(world.effects).toEqual([{ ...rollBack, step: 'execute' }]);
  });

  it('lead to one change when both were allowed before either acted', async () => {
    const { alert, closed, world, timeline } = await start(badDeploymentCured, {
      deps: (deps) => ({
        ...deps,
        // Neither sees the other's incident.
        incidents: { ...deps.incidents, openAbout: async () => undefined, troubledServices: async () => [] },
        trail: afterBothVerdicts(deps.trail),
      }),
    });
    const incidents = [await alert('checkout'), await alert('storefront')];
    const outcomes = await Promise.all(incidents.map(async (incident) => (await closed(incident)).outcome));
    expect(outcomes.sort()).toEqual(['fixed', 'recovered']);
    expect(world.effects).toEqual([{ ...rollBack, step: 'execute' }]);
    const refused = (await Promise.all(incidents.map(timeline)))
      .flat()
      .filter((row) => row.event === 'action-finished' && row.detail.applied === 'no');
    expect(refused.map((row) => row.detail.detail)).toEqual([expect.stringContaining('stopped by change-in-flight')]);
  });
});

describe('two alerts about one service', () => {
  it('lead to one change and one watcher when the second is judged just after the first has acted', async () => {
    const world = createWorld(badDeploymentCured);
    let plans = 0;
    const catalog = fakeCatalog(world).map((action) => ({
      ...action,
      async plan(...args: Parameters<typeof action.plan>) {
        plans += 1;
        const isSecond = plans === 2;
        const plan = await action.plan(...args);
        while (isSecond && world.effects.length === 0) await new Promise((resolve) => setImmediate(resolve));
        return plan;
      },
    }));
    const { alert, closed } = await start(world, { catalog });
    const incidents = [await alert('checkout'), await alert('checkout', 'HighLatency')];
    const outcomes = await Promise.all(incidents.map(async (incident) => (await closed(incident)).outcome));
    expect(plans).toBe(2);
    expect(outcomes.sort()).toEqual(['fixed', 'recovered']);
    expect(world.effects).toEqual([{ ...rollBack, step: 'execute' }]);
  });
});

describe('two incidents about two causes', () => {
  it('spend a budget of one change once, though both were allowed before either acted', async () => {
    const { alert, closed, world } = await start(badDeploymentCured, {
      policy: { fleetBudget: { changes: 1, perSeconds: 3600 } },
      deps: (deps) => ({
        ...deps,
        trail: afterBothVerdicts(deps.trail),
      }),
    });
    const incidents = [await alert('checkout'), await alert('checkout', 'HighErrorRatio', 'elsewhere')];
    const outcomes = await Promise.all(incidents.map(async (incident) => (await closed(incident)).outcome));
    expect(outcomes.sort()).toEqual(['escalated', 'fixed']);
    expect(world.effects).toHaveLength(1);
  });
});

describe('a world that moves', () => {
  it('makes the agent plan anew when it moved between the plan and the effect', async () => {
    let moves = 1;
    const { alert, closed, world, timeline } = await start(badDeploymentCured, {
      deps: (deps) => ({
        ...deps,
        ledger: {
          ...deps.ledger,
          apply(change) {
            if (moves-- > 0) world.change({ ...change.plan.target, by: 'operator', step: 'elsewhere' });
            return deps.ledger.apply(change);
          },
        },
      }),
    });
    const incident = await closed(await alert('checkout'));
    expect(incident.outcome).toBe('fixed');
    expect(world.effects.map((effect) => effect.by)).toEqual(['operator', 'roll-back-deployment']);
    expect((await timeline(incident)).filter((row) => row.event === 'verdict')).toHaveLength(2);
  });

  it('ends with a human when it never stands still', async () => {
    const { alert, closed, world } = await start(badDeployment, {
      deps: (deps) => ({
        ...deps,
        ledger: {
          ...deps.ledger,
          apply(change) {
            world.change({ ...change.plan.target, by: 'operator', step: 'elsewhere' });
            return deps.ledger.apply(change);
          },
        },
      }),
    });
    const incident = await closed(await alert('checkout'));
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('the service moved') });
    expect(world.effects.map((effect) => effect.by)).toEqual(['operator', 'operator', 'operator']);
  });
});
