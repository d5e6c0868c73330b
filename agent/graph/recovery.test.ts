/** What looks like recovery and is none, through the whole graph: nothing of it may close an incident as fixed. */
import { describe, expect, it } from 'vitest';
import type { Fact, TargetHealthFact } from '../domain/evidence.ts';
import type { IncidentId } from '../domain/ids.ts';
import type { TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { Case, taskIds } from '../testing/diagnosis-case.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { badDeploymentCured, healthy, silent } from '../testing/scenes.ts';
import { createWorld, fakeCatalog, type Scene } from '../testing/world.ts';

const { start } = agentsOfTest();

function cured(): Case {
  return badDeploymentCured([{ cluster: 'shop', service: 'checkout', by: 'roll-back-deployment', step: 'execute' }], 'shop');
}

/** The roll-back is made, and from then on the world looks as `afterwards` says. */
async function rolledBackTo(afterwards: () => Case, after?: (agent: TestAgent) => Promise<unknown>) {
  const scene: Scene = (done, cluster) => (done.length > 0 ? afterwards() : badDeploymentCured(done, cluster));
  const agent = await start(scene);
  const opened = await agent.alert('checkout');
  await agent.until(() => agent.world.effects.length > 0);
  await after?.(agent);
  const incident = await agent.closed(opened);
  const results = (await agent.timeline(incident)).filter(({ event }) => event === 'verification').map(({ detail }) => detail.result);
  return { agent, incident, results };
}

/** Alertmanager tells about one alert of a service, `seconds` after the change at the earliest. */
async function tell(agent: TestAgent, service: string, status: 'firing' | 'resolved', name = 'HighLatency'): Promise<IncidentId | null> {
  const now = agent.clock.now().toISOString();
  const alert = { fingerprint: `${name}-${service}`, name, status, startsAt: now, endsAt: status === 'resolved' ? now : null };
  const target = { resource: { cluster: 'shop', service } };
  const [row] = await agent.incidents.receive([receivedAlert({ alert, target, receivedAt: now, bodyHash: crypto.randomUUID() })]);
  return row?.incidentId ?? null;
}

const ofCheckout = (fact: Fact) => 'service' in fact && fact.service === 'checkout';

describe('never counts as recovered', () => {
  it.each<[string, () => Case, unknown[]]>([
    ['a service that somebody scaled to zero', () => cured().state('checkout', 0, 0), ['unproven']],
    ['a service that somebody scaled in', () => cured().state('checkout', 1, 1), ['unproven']],
    ['a service that lost a task', () => cured().state('checkout', 2, 1), ['harmed', expect.anything()]],
    ['a service that was deleted', () => cured().drop(ofCheckout), ['unproven']],
    [
      'a service ECS no longer knows, though metrics look fine',
      () => cured().drop((fact) => ofCheckout(fact) && fact.kind === 'service-state'),
      ['unproven'],
    ],
    ['a service whose metrics are lost', () => cured().drop((fact) => ofCheckout(fact) && fact.kind === 'service-signal'), ['unproven']],
    ['a service that far fewer use than before', () => cured().service('checkout', { 'request-rate': [3, 12] }), ['unproven']],
    [
      'a service that nobody uses any more',
      () => cured().service('checkout', { 'request-rate': [0, 12] }),
      ['not-recovered', expect.anything()],
    ],
    ['a cluster without any metrics', () => silent([], 'shop'), ['unproven']],
  ])('%s', async (_, afterwards, results) => {
    const { incident, results: judged } = await rolledBackTo(afterwards);
    expect(incident.outcome).toBe('escalated');
    expect(judged).toEqual(expect.arrayContaining([results[0]]));
    expect(judged).not.toContain('recovered');
  });

  it.each(['failed', 'nothing'] as const)('silence of Prometheus: %s', async (status) => {
    const { incident, results } = await rolledBackTo(cured, async (agent) => void agent.world.answers.set('prometheus', status));
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('unproven') });
    expect(results).toEqual(['unproven']);
  });

  it('an alert that says it resolved, while the signals are bad', async () => {
    const { incident, results } = await rolledBackTo(
      () => badDeploymentCured([], 'shop'),
      (agent) => tell(agent, 'checkout', 'resolved', 'HighErrorRatio'),
    );
    expect(incident.resolvedAt).not.toBeNull();
    expect(incident.outcome).toBe('escalated');
    expect(results[0]).toBe('not-recovered');
  });

  it('an alert that says it resolved, while nobody measures', async () => {
    const { incident, results } = await rolledBackTo(
      () => silent([], 'shop'),
      (agent) => tell(agent, 'checkout', 'resolved', 'HighErrorRatio'),
    );
    expect(incident.outcome).toBe('escalated');
    expect(results).toEqual(['unproven']);
  });
});

describe('what alarmed', () => {
  /** One route of checkout fails wholly, and it is a small part of its traffic. */
  const oneRoute = (errors: number, rate: number, deployment: string, seconds: number) =>
    new Case()
      .deployed('checkout', 'checkout:2', -90)
      .deployed('checkout', deployment, seconds)
      .service('checkout', { 'error-ratio': [0.04 * errors, 0] })
      .everyTask('checkout', { 'error-ratio': [0.04 * errors, 0] })
      .route('checkout', 'POST', '/quote', { 'error-ratio': [errors, 0], 'latency-p95': [0.02, 0.03], 'request-rate': [rate, rate] });
  const routeScene =
    (errorsAfter: number, rate = 0.5): Scene =>
    (done) => {
      const last = done.at(-1)?.step;
      if (last === undefined) return oneRoute(1, rate, 'checkout:2', -90);
      return last === 'execute' ? oneRoute(errorsAfter, rate, 'checkout:1', 150) : oneRoute(1, rate, 'checkout:2', 600);
    };
  /** Asked so seldom that its share says nothing, so that nothing measured is bad. */
  const seldom = 0.1;

  it('is seen in the route that fails, though its service is within all limits', async () => {
    const agent = await start(routeScene(1));
    const incident = await agent.closed(await agent.alert('checkout', 'QuoteFails'));
    expect(incident.outcome).toBe('escalated');
    const [change] = await agent.actions.changesSince('2026-01-01');
    expect(change).toMatchObject({ action: 'roll-back-deployment', verified: 'not-recovered' });
  });

  it('is seen to be over in that route as well', async () => {
    const agent = await start(routeScene(0));
    expect((await agent.closed(await agent.alert('checkout', 'QuoteFails'))).outcome).toBe('fixed');
  });

  it('proves nothing where it cannot be seen, until the alert is over', async () => {
    const agent = await start(routeScene(0, seldom));
    const opened = await agent.alert('checkout', 'QuoteFails');
    await agent.until(() => agent.world.effects.length > 0);
    await agent.clock.advance(600_000);
    expect((await agent.get(opened)).status).not.toBe('closed');
    await tell(agent, 'checkout', 'resolved', 'QuoteFails');
    expect((await agent.closed(opened)).outcome).toBe('fixed');
  });

  it('proves nothing where it cannot be seen and the alert goes on, and nothing is undone', async () => {
    const agent = await start(routeScene(0, seldom));
    const incident = await agent.closed(await agent.alert('checkout', 'QuoteFails'));
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('what alarmed is not seen') });
    expect(agent.world.effects.map(({ step }) => step)).toEqual(['execute']);
  });
});

describe('an alert that was told after the change', () => {
  it.each([
    ['a neighbour', 'storefront', 10_000],
    ['the changed service', 'checkout', 10_000],
    ['the changed service', 'checkout', 130_000],
  ])('about %s keeps the incident from being called fixed as long as it stands: %s, %i ms after', async (_, service, afterMs) => {
    const { incident, agent } = await rolledBackTo(cured, async (agent) => {
      await agent.clock.advance(afterMs);
      const other = await tell(agent, service, 'firing', 'OrdersLost');
      if (other) await agent.incidents.close('escalated', 'a person looks into it', other);
    });
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining(`OrdersLost fires for ${service}`) });
    expect(agent.world.effects).toHaveLength(1);
  });

  it('delays nothing once it is over', async () => {
    const { incident, agent } = await rolledBackTo(cured, async (agent) => {
      await agent.clock.advance(10_000);
      await tell(agent, 'checkout', 'firing', 'OrdersLost');
      await agent.clock.advance(200_000);
      await tell(agent, 'checkout', 'resolved', 'OrdersLost');
    });
    expect(incident.outcome).toBe('fixed');
    const [change] = await agent.actions.ofIncident(incident.id);
    const seconds = (Date.parse(incident.closedAt ?? '') - Date.parse(change?.finishedAt ?? '')) / 1000;
    expect(seconds).toBeLessThan(360);
  });
});

it('undoes no roll-back that ended a storm of retries: what there was before the trouble is enough', async () => {
  const storm: Scene = (done, cluster) => {
    const scene = badDeploymentCured(done, cluster);
    return done.length > 0 ? scene : scene.service('checkout', { 'request-rate': [36, 12] });
  };
  const agent = await start(storm);
  expect((await agent.closed(await agent.alert('checkout'))).outcome).toBe('fixed');
});

it('lets a slow roll-back go on within the capacity it may take', async () => {
  let began = 0;
  const scene: Scene = (done, cluster) => {
    const now = badDeploymentCured(done, cluster);
    if (done.length === 0) return now;
    began ||= agent.clock.now().getTime();
    const isOver = agent.clock.now().getTime() - began > 420_000;
    if (isOver) return now;
    return now
      .deployed('checkout', 'checkout:1', 160, 'IN_PROGRESS')
      .state('checkout', 2, 1)
      .add({ kind: 'reporting', service: 'checkout', up: 1, down: 0 });
  };
  const world = createWorld(scene);
  const catalog = fakeCatalog(world).map((action) => ({
    ...action,
    async plan(...args: Parameters<typeof action.plan>) {
      const plan = await action.plan(...args);
      return 'notPossible' in plan ? plan : { ...plan, blastRadius: { ...plan.blastRadius, shareOfCapacity: 0.5 } };
    },
  }));
  const agent = await start(world, { catalog });
  expect((await agent.closed(await agent.alert('checkout'))).outcome).toBe('fixed');
  expect(world.effects).toHaveLength(1);
});

describe('an alarm of a neighbour', () => {
  const later = async (agent: TestAgent) => agent.clock.advance(150_000);

  it('that began after the change and is with a person keeps the incident from being called fixed, though the signals are good', async () => {
    const { incident } = await rolledBackTo(cured, async (agent) => {
      await later(agent);
      const other = await tell(agent, 'storefront', 'firing');
      if (other) await agent.incidents.close('escalated', 'a person looks into it', other);
    });
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('HighLatency fires for storefront') });
  });

  it.each([
    ['resolved again', (agent: TestAgent) => tell(agent, 'storefront', 'resolved')],
    ['turned out to be about nothing', async () => undefined],
  ])('that %s delays it', async (_, end) => {
    const { incident, agent } = await rolledBackTo(cured, async (agent) => {
      await later(agent);
      await tell(agent, 'storefront', 'firing');
      await later(agent);
      await end(agent);
    });
    expect(incident.outcome).toBe('fixed');
    const change = (await agent.actions.ofIncident(incident.id))[0];
    const seconds = (Date.parse(incident.closedAt ?? '') - Date.parse(change?.finishedAt ?? '')) / 1000;
    expect(seconds).toBeGreaterThanOrEqual(600);
  });

  it.each(['payment-of-another-shop', 'database'])('does not count when it is about no neighbour or began before: %s', async (service) => {
    const { incident } = await rolledBackTo(cured, async (agent) => {
      if (service === 'database') await tell(agent, 'storefront', 'firing');
      else {
        await later(agent);
        await tell(agent, service, 'firing');
      }
    });
    expect(incident.outcome).toBe('fixed');
  });
});

describe('a load balancer that does not see the tasks healthy', () => {
  const target = (state: string, taskId: string): TargetHealthFact => ({
    kind: 'target-health',
    service: 'checkout',
    targetGroup: 'targetgroup/checkout/1',
    target: `${taskId}:80`,
    taskId,
    state,
    reason: '',
    description: '',
  });
  const balanced = (scene: Case, state: string) => taskIds('checkout').reduce((made, id) => made.add(target(state, id)), scene);

  it.each([
    ['unhealthy', 'escalated'],
    ['initial', 'escalated'],
    ['healthy', 'fixed'],
    ['unused', 'fixed'],
  ])('%s: %s', async (state, outcome) => {
    const { incident } = await rolledBackTo(() => balanced(cured(), state));
    expect(incident.outcome).toBe(outcome);
  });
});

describe('the hold', () => {
  it('is as long as what the rule of the alert looks at', async () => {
    const rule = { kind: 'alert-rule', name: 'HighErrorRatio', forSeconds: 120, rangeSeconds: 480 } as const;
    const agent = await start((done, cluster) => badDeploymentCured(done, cluster).add(rule));
    const incident = await agent.closed(await agent.alert('checkout'));
    expect(incident.outcomeReason).toMatch(/^Good for 6\d\d s/);
  });

  it('is as long as the settings say when nobody knows the rule', async () => {
    const agent = await start(healthy);
    const incident = await agent.closed(await agent.alert('checkout'));
    expect(incident.outcomeReason).toMatch(/^Good for 3\d\d s/);
  });
});
