import { describe, expect, it } from 'vitest';
import type { EvidenceStatus } from '../domain/evidence.ts';
import type { AgentOptions } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { Case } from '../testing/diagnosis-case.ts';
import { badDeployment, badDeploymentCured } from '../testing/scenes.ts';
import { createWorld, type Scene } from '../testing/world.ts';

const { start } = agentsOfTest();

describe('what policy forbids is not done', () => {
  it.each([
    ['at the level observe', { policy: { autonomy: { default: 'observe', byAction: {} } } }, /autonomy: .*observe/],
    ['at the level suggest', { policy: { autonomy: { default: 'suggest', byAction: {} } } }, /autonomy: .*suggest/],
    ['with its flag off', { policy: { flags: { 'force-new-deployment': true } } }, /feature-flag/],
    ['on a protected service', { policy: { protectedServices: ['checkout'] } }, /protected-target/],
    ['below the confidence it needs', { policy: { confidence: { default: 0.95, byAction: {} } } }, /confidence/],
    ['in a freeze window', { policy: { freezeWindows: [{ days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '23:59' }] } }, /freeze-window/],
    ['without inventory', { deps: (deps) => ({ ...deps, inventory: { services: async () => null } }) }, /known-target/],
    [
      'on a service the inventory does not know',
      { deps: (deps) => ({ ...deps, inventory: { services: async () => ['storefront'] } }) },
      /known-target/,
    ],
  ] satisfies [string, Partial<AgentOptions>, RegExp][])('%s', async (_, options, reason) => {
    const { alert, closed, world, timeline, actions } = await start(badDeployment, options);
    const incident = await closed(await alert('checkout'));
    expect(incident.outcome).toBe('escalated');
    expect(incident.outcomeReason).toMatch(reason);
    expect(world.effects).toEqual([]);
    expect(await actions.ofIncident(incident.id)).toEqual([]);
    const verdict = (await timeline(incident)).findLast((row) => row.event === 'verdict');
    expect(verdict?.detail).toMatchObject({ plan: { action: 'roll-back-deployment', summary: expect.any(String) } });
  });
});

describe('trouble that has just begun', () => {
  const quickRule: Scene = (done, cluster) =>
    badDeploymentCured(done, cluster)
      .drop((fact) => fact.kind === 'alert-rule')
      .add({ kind: 'alert-rule', name: 'HighErrorRatio', forSeconds: 0, rangeSeconds: 0 });
  const noRule: Scene = (done, cluster) => badDeploymentCured(done, cluster).drop((fact) => fact.kind === 'alert-rule');

  it.each([
    ['that the rule did not wait for', quickRule],
    ['whose rule nobody knows', noRule],
  ])('and %s is given its time, and mended then', async (_, scene) => {
    const { alert, closed, timeline, actions } = await start(scene);
    const incident = await closed(await alert('checkout'));
    const verdicts = (await timeline(incident)).filter((row) => row.event === 'verdict');
    expect(verdicts[0]?.detail.kind).toBe('look-again');
    expect(JSON.stringify(verdicts[0]?.detail)).toContain('trouble-age');
    const [change] = await actions.ofIncident(incident.id);
    expect(Date.parse(change?.intendedAt ?? '') - Date.parse(incident.startedAt)).toBeGreaterThanOrEqual(120_000);
    expect(incident.outcome).toBe('fixed');
  });
});

describe('the kill switch', () => {
  it('stops a change that was not decided yet', async () => {
    const { alert, closed, world, killSwitch } = await start(badDeployment);
    killSwitch.on = true;
    const incident = await closed(await alert('checkout'));
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('kill-switch') });
    expect(world.effects).toEqual([]);
  });

  it('stops a change that was allowed already', async () => {
    const { alert, closed, world, timeline, actions } = await start(badDeployment, {
      deps: (deps) => {
        let on = false;
        const append: typeof deps.trail.append = async (entry) => {
          await deps.trail.append(entry);
          if (entry.event === 'verdict') on = true;
        };
        return { ...deps, trail: { ...deps.trail, append }, killSwitch: { isOn: async () => on } };
      },
    });
    const incident = await closed(await alert('checkout'));
    expect(incident.outcome).toBe('escalated');
    expect(world.effects).toEqual([]);
    expect((await timeline(incident)).some((row) => row.event === 'verdict' && row.detail.kind === 'change')).toBe(true);
    expect(await actions.ofIncident(incident.id)).toMatchObject([{ status: 'failed', detail: expect.stringContaining('kill-switch') }]);
  });
});

describe('a feature flag', () => {
  it('that was turned off after the verdict stops the change', async () => {
    const flags: Record<string, boolean> = { 'roll-back-deployment': true };
    const { alert, closed, world, actions } = await start(badDeployment, {
      policy: { flags },
      deps: (deps) => ({
        ...deps,
        trail: {
          ...deps.trail,
          async append(entry) {
            await deps.trail.append(entry);
            if (entry.event === 'verdict') flags['roll-back-deployment'] = false;
          },
        },
      }),
    });
    const incident = await closed(await alert('checkout'));
    expect(incident.outcome).toBe('escalated');
    expect(world.effects).toEqual([]);
    expect(await actions.ofIncident(incident.id)).toMatchObject([{ status: 'failed', detail: expect.stringContaining('feature-flag') }]);
  });
});

describe('a policy that cannot be read', () => {
  const fault = { fault: 'policy.yaml, line 7: unexpected end.' };

  it('allows nothing and goes to a person, who is told the fault', async () => {
    const { alert, closed, world, actions } = await start(badDeployment, { deps: (deps) => ({ ...deps, policy: () => fault }) });
    const incident = await closed(await alert('checkout'));
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringMatching(/policy-file: .*line 7/) });
    expect(world.effects).toEqual([]);
    expect(await actions.ofIncident(incident.id)).toEqual([]);
  });

  it('stops a change that was allowed by the policy before', async () => {
    let isBroken = false;
    const { alert, closed, world, actions } = await start(badDeployment, {
      deps: (deps) => ({
        ...deps,
        policy: () => (isBroken ? fault : deps.policy()),
        trail: {
          ...deps.trail,
          async append(entry) {
            await deps.trail.append(entry);
            if (entry.event === 'verdict') isBroken = true;
          },
        },
      }),
    });
    const incident = await closed(await alert('checkout'));
    expect(incident.outcome).toBe('escalated');
    expect(world.effects).toEqual([]);
    expect(await actions.ofIncident(incident.id)).toMatchObject([{ status: 'failed', detail: expect.stringContaining('policy-file') }]);
  });
});

describe('partial evidence', () => {
  it.each([
    ['prometheus', 'failed'],
    ['prometheus', 'truncated'],
    ['prometheus', 'nothing'],
    ['ecs', 'failed'],
    ['ecs', 'truncated'],
    ['ecs', 'nothing'],
  ] satisfies [string, EvidenceStatus][])('of %s (%s) is asked for again, then handed over, never acted on', async (source, status) => {
    const { alert, closed, world, timeline } = await start(badDeployment);
    world.answers.set(source, status);
    const incident = await closed(await alert('checkout'));
    expect(incident.outcome).toBe('escalated');
    expect(world.effects).toEqual([]);
    expect((await timeline(incident)).filter((row) => row.event === 'verdict').map((row) => row.detail.kind)).toEqual([
      'look-again',
      'look-again',
      'look-again',
      'escalate',
    ]);
  });

  it('delays the change only as long as it lasts', async () => {
    const { alert, closed, world, until } = await start(badDeploymentCured);
    world.answers.set('prometheus', 'failed');
    const opened = await alert('checkout');
    await until(() => world.questions >= 4);
    world.answers.clear();
    expect((await closed(opened)).outcome).toBe('fixed');
    expect(world.effects).toHaveLength(1);
  });

  it('during the verification proves nothing', async () => {
    const { alert, closed, world, until, actions } = await start(badDeploymentCured);
    const opened = await alert('checkout');
    await until(() => world.effects.length === 1);
    world.answers.set('prometheus', 'failed');
    const incident = await closed(opened);
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringMatching(/^unproven/) });
    expect(await actions.ofIncident(incident.id)).toMatchObject([{ verified: 'unproven' }]);
    expect(world.effects).toHaveLength(1);
  });

  it('that grew old while the process was down is asked for again before anything is done', async () => {
    const world = createWorld(badDeploymentCured);
    const stuck = Promise.withResolvers<void>();
    let isStuck = false;
    const first = await start(world, {
      deps: (deps) => ({
        ...deps,
        trail: {
          ...deps.trail,
          async append(entry) {
            isStuck = entry.event === 'verdict';
            if (isStuck) await stuck.promise;
            await deps.trail.append(entry);
          },
        },
      }),
    });
    const opened = await first.alert('checkout');
    await first.until(() => isStuck);
    const stopping = first.stop(1000);
    stuck.reject(new Error('the process is gone'));
    await stopping;
    await first.clock.advance(600_000);
    const second = await start(world, { clock: first.clock });
    const incident = await second.closed(opened);
    expect(incident.outcome).toBe('fixed');
    const verdicts = (await second.timeline(incident)).filter((row) => row.event === 'verdict');
    expect(verdicts.map((row) => row.detail.kind)).toEqual(['look-again', 'change']);
  });

  it('that grew old between the verdict and the effect stops the effect', async () => {
    const world = createWorld(badDeploymentCured);
    const { alert, closed, timeline } = await start(world, {
      deps: (deps) => {
        let pauses = 1;
        return {
          ...deps,
          ledger: {
            ...deps.ledger,
            async apply(change) {
              if (pauses-- > 0) await deps.clock.sleep(300_000);
              return deps.ledger.apply(change);
            },
          },
        };
      },
    });
    const incident = await closed(await alert('checkout'));
    expect(incident.outcome).toBe('fixed');
    const finished = (await timeline(incident)).filter((row) => row.event === 'action-finished');
    expect(finished.map((row) => row.detail.applied)).toEqual(['no', 'yes']);
    expect(finished[0]?.detail.detail).toContain('evidence-fresh');
  });
});

it('looks three more times at what is not clear, then calls a human', async () => {
  const unclear = () => new Case().service('checkout', { 'error-ratio': [0.35, 0] });
  const { alert, closed, world, timeline } = await start(unclear);
  const incident = await closed(await alert('checkout'));
  expect(incident.outcome).toBe('escalated');
  expect(world.effects).toEqual([]);
  expect((await timeline(incident)).filter((row) => row.event === 'diagnosis')).toHaveLength(4);
});
