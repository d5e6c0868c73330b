import { describe, expect, it } from 'vitest';
import type { Hypothesis } from '../../domain/cause.ts';
import type { ServiceState } from '../../domain/evidence.ts';
import { actionContract, created, depsless, depsOn } from '../action.contract.ts';
import { deploy, revision, startEcsServer } from '../ecs-server.contract.ts';
import { scaleService } from './index.ts';

const target = { cluster: 'shop', service: 'checkout' };
const signal = new AbortController().signal;

actionContract({
  plugin: scaleService,
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
  ],
});

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
    const server = await startEcsServer();
    try {
      const action = created(scaleService, depsOn(server));
      const params = { ...target, desiredCount: to };
      expect(action.propose(hypothesis, target, [running(from)])).toEqual(params);
      Object.assign(server.state, { desired: from, running: from });
      expect(await action.plan(params, signal)).toMatchObject({ summary: expect.stringContaining(`from ${from} to ${to}`) });
    } finally {
      await server.close();
    }
  });

  it('proposes nothing for a planned zero, at the maximum, without the count, or for another service', async () => {
    const server = await startEcsServer();
    try {
      const action = created(scaleService, depsOn(server));
      const answers = [
        action.propose(hypothesis, target, [running(0)]),
        action.propose(hypothesis, target, [running(20)]),
        action.propose(hypothesis, target, []),
        action.propose({ ...hypothesis, service: 'cart' }, target, [running(3)]),
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

  it.each([0, -1, 2.5, 1e9, '4', Number.NaN])('refuses a desired count of %s', (desiredCount) => {
    const action = created(scaleService, depsless);
    expect(action.params.safeParse({ ...target, desiredCount }).success).toBe(false);
  });

  it('refuses a configuration that allows a wider step', () => {
    expect(scaleService.config.safeParse({ stepRatio: 0.6 }).success).toBe(false);
  });
});
