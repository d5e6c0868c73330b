/** What looks like recovery and is none, through the whole graph: nothing of it may close an incident as fixed. */
import { describe, expect, it } from 'vitest';
import type { Fact, TargetHealthFact } from '../domain/evidence.ts';
import type { IncidentId } from '../domain/ids.ts';
import type { TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { type Case, taskIds } from '../testing/diagnosis-case.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { badDeploymentCured, healthy, silent } from '../testing/scenes.ts';
import type { Scene } from '../testing/world.ts';

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
    ['a service scaled to zero', () => cured().state('checkout', 0, 0), ['harmed', expect.anything()]],
    ['a service that runs fewer tasks than before', () => cured().state('checkout', 1, 1), ['harmed', expect.anything()]],
    ['a service that was deleted', () => cured().drop(ofCheckout), ['unproven']],
    [
      'a service ECS no longer knows, though metrics look fine',
      () => cured().drop((fact) => ofCheckout(fact) && fact.kind === 'service-state'),
      ['unproven'],
    ],
    ['a service whose metrics are lost', () => cured().drop((fact) => ofCheckout(fact) && fact.kind === 'service-signal'), ['unproven']],
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
    const rule = { kind: 'alert-rule', name: 'HighErrorRatio', forSeconds: 300, rangeSeconds: 300 } as const;
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
