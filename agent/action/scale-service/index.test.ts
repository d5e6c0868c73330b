import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hypothesis } from '../../domain/cause.ts';
import type { ServiceState } from '../../domain/evidence.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { type ScalingDouble, scalingDouble } from '../../testing/scaling-double.ts';
import { actionContract, created, depsless, depsOn, planned } from '../action.contract.ts';
import { account, deploy, type EcsServer, revision, startEcsServer } from '../ecs/server.contract.ts';
import { scaleService } from './index.ts';

const target = { cluster: 'shop', service: 'checkout' };
const signal = new AbortController().signal;

let scaling: ScalingDouble;
const beside = () => {
  scaling = scalingDouble({ bounds: { min: 1, max: 20 }, actions: [] });
  return [scaling];
};
const night = (schedule: string) => () => scaling.state.actions.push({ name: 'night', schedule });

actionContract({
  plugin: scaleService,
  beside,
  params: { ...target, desiredCount: 4 },
  calls: ['ecs:UpdateService'],
  isApplied: ({ desired }) => desired === 4,
  isUndone: ({ desired }) => desired === 3,
  refusals: [
    { when: 'the zero is planned', arrange: (state) => Object.assign(state, { desired: 0, running: 0 }), reason: /planned zero/ },
    { when: 'more tasks run than are wanted', arrange: (state) => Object.assign(state, { running: 6 }), reason: /would stop tasks/ },
    { when: 'the service has that many by now', arrange: (state) => Object.assign(state, { desired: 4 }), reason: /only scales out/ },
    { when: 'the step has become too wide', arrange: (state) => Object.assign(state, { desired: 2, running: 2 }), reason: /at most 3/ },
    { when: 'a deployment is in progress', arrange: (state) => deploy(state, revision(8)), reason: /IN_PROGRESS/ },
    { when: 'its scalable target allows no more', arrange: () => set({ min: 1, max: 3 }), reason: /allows at most 3/ },
    { when: 'a scheduled action is due', arrange: night('at(2026-01-02T00:04:00)'), reason: /night runs at 2026-01-02T00:04/ },
    { when: 'a scheduled action has just run', arrange: night('cron(56 23 * * ? *)'), reason: /night runs at 2026-01-01T23:56/ },
    { when: 'nobody can tell when a scheduled action runs', arrange: night('rate(1 day)'), reason: /cannot be told/ },
  ],
});

function set(bounds: { min: number; max: number } | null): void {
  scaling.state.bounds = bounds;
}

const hypothesis: Hypothesis = { cause: 'overload', service: 'checkout', confidence: 0.9, evidence: [], because: [], refutedBy: '' };
const running = (desired: number): ServiceState => ({
  kind: 'service-state',
  service: 'checkout',
  status: 'ACTIVE',
  desired,
  running: desired,
  pending: 0,
  taskDefinition: revision(7),
  events: [],
});

describe('scale-service', () => {
  it.each([
    [1, 2],
    [2, 3],
    [3, 4],
    [10, 15],
    [19, 20],
  ])('proposes to go from %i to %i tasks, half more at most and 20 at most', async (from, to) => {
    const server = await startEcsServer(beside());
    try {
      const action = created(scaleService, depsOn(server));
      const params = { ...target, desiredCount: to };
      expect(action.propose(hypothesis, target, [running(from)], incidentBrief)).toEqual(params);
      Object.assign(server.state, { desired: from, running: from });
      expect(await action.plan(params, signal)).toMatchObject({ summary: expect.stringContaining(`from ${from} to ${to}`) });
    } finally {
      await server.close();
    }
  });

  it('proposes nothing for a planned zero, at the maximum, without the count, or for another service', async () => {
    const server = await startEcsServer(beside());
    try {
      const action = created(scaleService, depsOn(server));
      const answers = [
        action.propose(hypothesis, target, [running(0)], incidentBrief),
        action.propose(hypothesis, target, [running(20)], incidentBrief),
        action.propose(hypothesis, target, [], incidentBrief),
        action.propose({ ...hypothesis, service: 'cart' }, target, [running(3)], incidentBrief),
      ];
      expect(answers.map((answer) => answer.notPossible)).toEqual([
        expect.stringContaining('planned zero'),
        expect.stringContaining('maximum of 20'),
        expect.stringContaining('not known'),
        expect.stringContaining('sits in cart'),
      ]);
    } finally {
      await server.close();
    }
  });

  describe('beside Application Auto Scaling', () => {
    let server: EcsServer;
    const params = { ...target, desiredCount: 5 };
    const action = (config: object = {}) => created(scaleService, depsOn(server), config);
    beforeEach(async () => {
      server = await startEcsServer(beside());
      Object.assign(server.state, { desired: 4, running: 4 });
    });
    afterEach(() => server.close());

    it('goes no further than the bounds of the service', async () => {
      Object.assign(server.state, { desired: 10, running: 10 });
      set({ min: 2, max: 12 });
      expect(await planned(action(), { ...target, desiredCount: 15 })).toMatchObject({
        params: { desiredCount: 12 },
        calls: [{ input: { desiredCount: 12 } }],
      });
    });

    it('goes by its own maximum when Application Auto Scaling does not know the service', async () => {
      set(null);
      expect(await planned(action(), params)).toMatchObject({ params: { desiredCount: 5 } });
      expect(server.reads).not.toContain('DescribeScheduledActions');
    });

    it('reads every page of the schedule', async () => {
      scaling.state.actions = ['cron(0 8 * * ? *)', 'cron(0 12 * * ? *)', 'cron(2 0 * * ? *)'].map((schedule) => ({
        name: schedule,
        schedule,
      }));
      expect(await action().plan(params, signal)).toMatchObject({ notPossible: expect.stringContaining('2026-01-02T00:02') });
    });

    it('refuses a schedule too long to read', async () => {
      scaling.state.actions = Array.from({ length: 9 }, (_, at) => ({ name: `n${at}`, schedule: 'cron(0 8 * * ? *)' }));
      await expect(action().plan(params, signal)).rejects.toMatchObject({ code: 'UPSTREAM_CLIENT' });
    });

    it.each(['DescribeScalableTargets', 'DescribeScheduledActions'])('changes nothing when %s is refused', async (operation) => {
      const plan = await planned(action(), params);
      server.trouble.set(operation, 'refused');
      await expect(action().plan(params, signal)).rejects.toMatchObject({ code: 'UPSTREAM_AUTH' });
      expect(await action().execute(plan, permitted({ signal }))).toMatchObject({ applied: 'no' });
      expect(server.changes).toEqual([]);
    });

    it('asks for neither when told that it is used for no service', async () => {
      expect(await planned(action({ schedule: 'none' }), params)).toMatchObject({ params: { desiredCount: 5 } });
      expect(server.reads).toEqual(['DescribeServices']);
    });

    it.each([
      ['a scheduled action is due', () => night('at(2026-01-02T00:04:00)')(), 'night runs'],
      ['the bounds have risen above what it was', () => set({ min: 5, max: 20 }), 'at least 5 tasks'],
    ])('is not put back when %s', async (_name, arrange, reason) => {
      const plan = await planned(action(), params);
      await action().execute(plan, permitted({ signal }));
      arrange();
      expect(await action().undo?.(plan, permitted({ signal }))).toMatchObject({ applied: 'no', detail: expect.stringContaining(reason) });
      expect(server.changes).toHaveLength(1);
    });

    it('is meant for an hour, unless it is told to stay', async () => {
      const { putBack, summary } = await planned(action(), params);
      expect(summary).toBe('raise the desired count of checkout from 4 to 5 for 3600 s');
      expect(putBack).toEqual({ afterSeconds: 3600, summary: 'set the desired count of checkout back to 4 after 3600 s' });
      expect((await planned(action({ putBackAfterSeconds: 0 }), params)).putBack).toBeUndefined();
    });

    it('names the right it needs on the service, and may only be narrowed', async () => {
      const plan = await planned(action(), params);
      expect(action().rights?.(plan)).toEqual([{ action: 'ecs:UpdateService', resource: `${account}:service/shop/checkout` }]);
      const isNarrower = (to: object) => action().isNarrower?.(params, { ...params, ...to });
      expect([isNarrower({}), isNarrower({ desiredCount: 4 }), isNarrower({ desiredCount: 6 })]).toEqual([true, true, false]);
      expect([isNarrower({ service: 'cart' }), isNarrower({ cluster: 'other' })]).toEqual([false, false]);
    });
  });

  it.each([0, -1, 2.5, 1e9, '4', Number.NaN])('refuses a desired count of %s', (desiredCount) => {
    const action = created(scaleService, depsless);
    expect(action.params.safeParse({ ...target, desiredCount }).success).toBe(false);
  });

  it('refuses a configuration that allows a wider step', () => {
    expect(scaleService.config.safeParse({ stepRatio: 0.6 }).success).toBe(false);
  });
});
