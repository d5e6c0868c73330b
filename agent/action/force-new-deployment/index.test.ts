import { describe, expect, it } from 'vitest';
import { actionContract, created, depsOn, planned } from '../action.contract.ts';
import { deploy, revision, startEcsServer } from '../ecs/server.contract.ts';
import { forceNewDeployment } from './index.ts';

const params = { cluster: 'shop', service: 'checkout' };

actionContract({
  plugin: forceNewDeployment,
  params,
  calls: ['ecs:UpdateService'],
  isApplied: ({ deployments }) => deployments[0]?.id !== 'ecs-svc/7' && deployments[0]?.taskDefinition === revision(7),
  refusals: [
    { when: 'a deployment is in progress', arrange: (state) => deploy(state, revision(8)), reason: /IN_PROGRESS/ },
    {
      when: 'the current revision never completed',
      arrange: ({ deployments: [primary] }) => primary && Object.assign(primary, { rolloutState: 'FAILED' }),
      reason: /FAILED.*steady state/,
    },
    {
      when: 'an older deployment still drains',
      arrange: (state) =>
        state.deployments.push({ id: 'ecs-svc/6', status: 'ACTIVE', taskDefinition: revision(6), rolloutState: 'COMPLETED', createdAt: 0 }),
      reason: /ecs-svc\/6 still drains/,
    },
    { when: 'nothing is meant to run', arrange: (state) => Object.assign(state, { desired: 0, running: 0 }), reason: /desired count is 0/ },
    {
      when: 'CodeDeploy drives the service',
      arrange: (state) => Object.assign(state, { controller: 'CODE_DEPLOY' }),
      reason: /CODE_DEPLOY/,
    },
    {
      when: 'its percentages let no task move',
      arrange: (state) => Object.assign(state, { minimumHealthyPercent: 100, maximumPercent: 100 }),
      reason: /would never move/,
    },
  ],
});

describe('force-new-deployment', () => {
  it.each([
    [3, 3, 100, 0],
    [3, 3, 50, 1 / 3],
    [2, 2, 50, 0.5],
    [2, 3, 50, 0.5],
    [2, 1, 50, 0],
    [2, 0, 0, 0],
    [4, 4, 0, 1],
  ])(
    'takes %i tasks, of which %i run, at minimum healthy percent %i down by a share of %f',
    async (desired, running, minimumHealthyPercent, share) => {
      const server = await startEcsServer();
      try {
        Object.assign(server.state, { desired, running, minimumHealthyPercent });
        const plan = await planned(created(forceNewDeployment, depsOn(server)), params);
        expect(plan.blastRadius).toEqual({ services: 1, tasks: desired, shareOfCapacity: share });
      } finally {
        await server.close();
      }
    },
  );

  it('does not take a newer deployment of another revision for its own', async () => {
    const server = await startEcsServer();
    try {
      const action = created(forceNewDeployment, depsOn(server));
      const plan = await planned(action, params);
      deploy(server.state, revision(8));
      expect(await action.look(plan, new AbortController().signal)).toMatchObject({ applied: 'no' });
    } finally {
      await server.close();
    }
  });
});
