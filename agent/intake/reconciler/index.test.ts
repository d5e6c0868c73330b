import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IncidentOutcome } from '../../domain/incident.ts';
import { type LookedAfterWebhook, periodSeconds, startLookedAfterWebhook } from '../../testing/looked-after-webhook.ts';

const services = Array.from({ length: 12 }, (_, n) => `svc-${n}`);
const labelsOf = (service: string) => ({ alertname: 'HighErrorRatio', ecs_cluster: 'shop', ecs_service: service });

let agent: LookedAfterWebhook;
beforeEach(async () => {
  agent = await startLookedAfterWebhook(services);
});
afterEach(() => agent.stop());

const fire = (...names: string[]) => {
  for (const name of names) agent.alertmanager.fire(labelsOf(name), agent.clock.now());
};
const open = async () => (await agent.incidents.list({ open: true, limit: 1000 })).map(({ resource }) => resource.service).toSorted();
const rows = async () => agent.incidents.alerts({ limit: 1000 });

async function close(outcome: IncidentOutcome): Promise<void> {
  for (const { id } of await agent.incidents.list({ open: true })) {
    agent.intake.closes(id);
    await agent.incidents.close(outcome, 'the test says so', id);
  }
}

describe('a notification that never came', () => {
  it('heals within one period, and the row says how', async () => {
    fire('svc-1', 'svc-2');
    await agent.passes(periodSeconds);
    expect(await open()).toEqual(['svc-1', 'svc-2']);
    for (const row of await rows()) {
      expect(row).toMatchObject({ disposition: 'opened', reason: expect.stringContaining('found by looking at Alertmanager') });
    }
    expect(await agent.trail.verify()).toMatchObject({ brokenAt: null });
  });

  it('heals once: looks that follow add no row', async () => {
    fire('svc-1');
    await agent.passes(5 * periodSeconds);
    expect(await rows()).toHaveLength(1);
    expect(await agent.incidents.list({})).toMatchObject([{ firings: 1 }]);
  });

  it('that comes after all joins the incident', async () => {
    fire('svc-1');
    await agent.passes(periodSeconds);
    await agent.post(agent.alertmanager.notification('HighErrorRatio') ?? '');
    expect((await rows()).map((row) => row.disposition)).toEqual(['merged', 'opened']);
    expect(await agent.incidents.list({})).toHaveLength(1);
  });

  it('about a service nobody knows is declined once', async () => {
    fire('nobody');
    await agent.passes(5 * periodSeconds);
    expect(await rows()).toMatchObject([{ disposition: 'declined' }]);
  });

  it('about what somebody silenced, or what goes to others, stays unheard', async () => {
    agent.alertmanager.fire(labelsOf('svc-1'), agent.clock.now(), { silenced: true });
    agent.alertmanager.fire(labelsOf('svc-2'), agent.clock.now(), { receiver: 'people' });
    agent.series.push({ labels: labelsOf('svc-1'), since: agent.clock.now().toISOString() });
    await agent.passes(5 * periodSeconds);
    expect(await rows()).toEqual([]);
  });

  it('with hostile texts is cleaned like any other', async () => {
    agent.alertmanager.fire(
      JSON.parse('{"alertname":"A","ecs_cluster":"shop","ecs_service":"svc-\\u00001","__proto__":"x"}'),
      agent.clock.now(),
    );
    await agent.passes(periodSeconds);
    const [row] = await rows();
    expect(row).toMatchObject({ disposition: 'declined', labels: { ecs_service: 'svc-\ufffd1' } });
    expect(row?.reason).toContain('left out label names that are reserved: __proto__');
  });
});

describe('a notification that was cut', () => {
  it('is made whole within seconds', async () => {
    fire(...services);
    await agent.post(agent.alertmanager.notification('HighErrorRatio', 3) ?? '');
    expect(await open()).toHaveLength(3);
    await agent.passes(3);
    expect(await open()).toEqual(services.toSorted());
  });

  it('costs one look, however many come at once', async () => {
    await agent.passes(5);
    fire(...services);
    const before = agent.alertmanager.looks;
    for (const max of [1, 2, 3, 4, 5]) await agent.send(agent.alertmanager.notification('HighErrorRatio', max) ?? '');
    await agent.passes(4);
    expect(agent.alertmanager.looks - before).toBe(1);
    expect(await open()).toHaveLength(services.length);
  });

  it('closes nothing when its members are gone at the next look', async () => {
    fire(...services);
    await agent.post(agent.alertmanager.notification('HighErrorRatio', 3) ?? '');
    await agent.passes(3);
    for (const service of services) agent.alertmanager.resolve(labelsOf(service));
    await agent.passes(5 * periodSeconds);
    expect(await open()).toHaveLength(services.length);
    expect((await rows()).filter((row) => row.status === 'resolved')).toEqual([]);
    expect(await agent.incidents.list({ limit: 1000 })).toEqual(
      expect.not.arrayContaining([expect.objectContaining({ resolvedAt: expect.any(String) })]),
    );
  });
});

describe('an incident that closed while its alert is still shown', () => {
  it.each(['fixed', 'recovered', 'no-fault', 'escalated'] as const)(
    'as %s stays closed as long as nothing newer is said',
    async (outcome) => {
      fire('svc-1');
      await agent.post(agent.alertmanager.notification('HighErrorRatio') ?? '');
      await agent.passes(periodSeconds);
      agent.alertmanager.update(agent.clock.now());
      await close(outcome);
      await agent.passes(10 * periodSeconds);
      expect(await agent.incidents.list({})).toHaveLength(1);
    },
  );

  it('as fixed, opens again when Prometheus goes on saying that it fires; as escalated, a person has it', async () => {
    for (const [outcome, incidents] of [
      ['escalated', 1],
      ['fixed', 2],
    ] as const) {
      const service = `svc-${incidents}`;
      fire(service);
      await agent.post(agent.alertmanager.notification('HighErrorRatio') ?? '');
      await close(outcome);
      for (let minute = 0; minute < 4; minute += 1) {
        await agent.passes(periodSeconds);
        agent.alertmanager.update(agent.clock.now());
      }
      const found = (await agent.incidents.list({})).filter(({ resource }) => resource.service === service);
      expect(found).toHaveLength(incidents);
      await close('escalated');
      agent.alertmanager.resolve(labelsOf(service));
    }
  });

  it('opens again when it fires anew and nobody says so', async () => {
    fire('svc-1');
    await agent.post(agent.alertmanager.notification('HighErrorRatio') ?? '');
    await close('escalated');
    await agent.passes(periodSeconds);
    fire('svc-1');
    for (let minute = 0; minute < 3; minute += 1) {
      await agent.passes(periodSeconds);
      agent.alertmanager.update(agent.clock.now());
    }
    const [newest] = await rows();
    expect(newest?.reason).toMatch(/fires again .* after incident incident-1 closed as escalated.*found by looking/);
    expect(await open()).toEqual(['svc-1']);
  });
});

describe('an Alertmanager that answers nonsense', () => {
  it.each<[string, Response | (() => Promise<Response>)]>([
    ['an error', new Response('{}', { status: 500 })],
    ['a page', new Response('<!doctype html><title>login</title>')],
    ['half of its JSON', new Response('[{"labels":')],
    ['50 MB', () => Promise.resolve(new Response(' '.repeat(50_000_000)))],
    ['a redirect', new Response(null, { status: 302, headers: { location: 'http://elsewhere' } })],
    ['nothing', () => Promise.reject(new TypeError('fetch failed'))],
  ])('%s feeds nothing, counts, and the next look finds what fires', async (_, broken) => {
    fire('svc-1');
    agent.alertmanager.broken = broken;
    await agent.passes(2 * periodSeconds);
    expect(await rows()).toEqual([]);
    const failures = (await agent.metrics.lookFailures.get()).values;
    expect(failures.find(({ labels }) => labels.source === 'alertmanager')?.value).toBeGreaterThanOrEqual(2);
    agent.alertmanager.broken = undefined;
    // A look takes its time as well.
    await agent.passes(periodSeconds + 5);
    expect(await open()).toEqual(['svc-1']);
  });
});

it('lets what fires in Prometheus in while Alertmanager is away, and says so in the row', async () => {
  agent.series.push({ labels: labelsOf('svc-1'), since: agent.clock.now().toISOString() });
  agent.alertmanager.broken = new Response('', { status: 503 });
  await agent.passes(4 * periodSeconds);
  expect(await open()).toEqual(['svc-1']);
  expect(await rows()).toMatchObject([{ reason: expect.stringContaining('while Alertmanager could not be read') }]);
});

describe('two processes on one store', () => {
  it('look once per period between them, and the other goes on when the one that looked is gone', async () => {
    const other = agent.another();
    other.start();
    await agent.passes(10);
    agent.alertmanager.looks = 0;
    await agent.passes(10 * periodSeconds);
    expect(agent.alertmanager.looks).toBeGreaterThanOrEqual(9);
    expect(agent.alertmanager.looks).toBeLessThanOrEqual(11);
    await agent.reconciler.stop();
    agent.alertmanager.looks = 0;
    await agent.passes(10 * periodSeconds);
    expect(agent.alertmanager.looks).toBeGreaterThanOrEqual(8);
    fire('svc-1');
    await agent.passes(3 * periodSeconds);
    expect(await open()).toEqual(['svc-1']);
    expect(await rows()).toHaveLength(1);
    await other.stop();
  });
});
