import { describe, expect, it } from 'vitest';
import type { Hypothesis } from '../../domain/cause.ts';
import type { DeploymentFact } from '../../domain/evidence.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { actionContract, created, depsless, depsOn, planned } from '../action.contract.ts';
import { deploy, type EcsState, revision, startEcsServer } from '../ecs/server.contract.ts';
import { stopDeployment } from './index.ts';

const target = { cluster: 'shop', service: 'checkout' };
const params = { ...target, deploymentId: 'ecs-svc/7' };
const signal = new AbortController().signal;

/** Revision 7 came in hours ago and is still on its way; one of its tasks runs. */
function stuck(state: EcsState): void {
  Object.assign(state.history[0] ?? {}, { status: 'IN_PROGRESS' });
  Object.assign(state.deployments[0] ?? {}, { rolloutState: 'IN_PROGRESS', runningCount: 1, pendingCount: 0 });
}
const newestIs = (status: string) => (state: EcsState) => Object.assign(state.history[0] ?? {}, { status });
const primary = (change: object) => (state: EcsState) => Object.assign(state.deployments[0] ?? {}, change);

actionContract({
  plugin: stopDeployment,
  params,
  calls: ['ecs:StopServiceDeployment'],
  looksBy: ['ListServiceDeployments'],
  arrange: stuck,
  isApplied: ({ history }) => history[0]?.status === 'STOPPED',
  refusals: [
    {
      when: 'the deployment has completed',
      arrange: primary({ rolloutState: 'COMPLETED' }),
      reason: /COMPLETED: there is nothing to stop/,
    },
    { when: 'the deployment has failed', arrange: primary({ rolloutState: 'FAILED' }), reason: /FAILED: there is nothing to stop/ },
    {
      when: 'the deployment is young',
      arrange: primary({ createdAt: Date.UTC(2026, 0, 1, 23, 50, 1) }),
      reason: /599 s old; before 600 s/,
    },
    { when: 'ECS rolls back already', arrange: newestIs('ROLLBACK_IN_PROGRESS'), reason: /ROLLBACK_IN_PROGRESS, not in progress/ },
    { when: 'somebody stops it already', arrange: newestIs('STOP_REQUESTED'), reason: /STOP_REQUESTED, not in progress/ },
    { when: 'the service deployments are not listed', arrange: (state) => state.history.splice(0), reason: /cannot be listed/ },
    {
      when: 'the newest service deployment brings another revision',
      arrange: (state) => Object.assign(state.history[0] ?? {}, { taskDefinition: revision(6) }),
      reason: /the newest service deployment brings .*checkout:6/,
    },
    { when: 'a newer deployment is PRIMARY', arrange: (state) => deploy(state, revision(8)), reason: /no longer PRIMARY/ },
    {
      when: 'CodeDeploy drives the service',
      arrange: (state) => Object.assign(state, { controller: 'CODE_DEPLOY' }),
      reason: /CODE_DEPLOY/,
    },
  ],
});

describe('stop-deployment', () => {
  it.each([
    ['a task more runs', { runningCount: 2 }],
    ['a task starts', { pendingCount: 1 }],
    ['a task is gone', { runningCount: 0 }],
  ])('leaves a deployment alone that came loose after the plan: %s', async (_name, change) => {
    const server = await startEcsServer();
    try {
      stuck(server.state);
      const action = created(stopDeployment, depsOn(server));
      const plan = await planned(action, params);
      primary(change)(server.state);
      expect(await action.execute(plan, permitted())).toMatchObject({
        applied: 'no',
        detail: expect.stringContaining('moves again: its running + pending tasks went from 1 + 0'),
      });
      expect(server.changes).toEqual([]);
    } finally {
      await server.close();
    }
  });

  it('tells the person who is asked what is left where, and needs the right for that service', async () => {
    const server = await startEcsServer();
    try {
      stuck(server.state);
      const action = created(stopDeployment, depsOn(server));
      const plan = await planned(action, params);
      expect(plan.summary).toBe(
        'stop deployment ecs-svc/7 of checkout where it stands, with 1 of 3 tasks on checkout:7; nothing is rolled back',
      );
      expect(plan.calls[0]?.input).toMatchObject({ stopType: 'ABORT' });
      const resource = plan.snapshot.serviceDeploymentArn;
      expect(resource).toMatch(/:service-deployment\/shop\/checkout\//);
      expect(action.rights?.(plan)).toEqual([{ action: 'ecs:StopServiceDeployment', resource }]);
    } finally {
      await server.close();
    }
  });

  it('does not know what became of a service deployment that ECS no longer lists', async () => {
    const server = await startEcsServer();
    try {
      stuck(server.state);
      const action = created(stopDeployment, depsOn(server));
      const plan = await planned(action, params);
      server.state.history = [];
      expect(await action.look(plan, signal)).toMatchObject({ applied: 'unknown' });
    } finally {
      await server.close();
    }
  });

  it('never runs without a person, and proposes the deployment the evidence shows as PRIMARY', () => {
    const action = created(stopDeployment, depsless);
    expect(action.needsApproval).toMatch(/only a person knows/);
    const hypothesis: Hypothesis = {
      cause: 'stuck-deployment',
      service: 'checkout',
      confidence: 1,
      evidence: [],
      because: [],
      refutedBy: '',
    };
    const fact: DeploymentFact = {
      kind: 'deployment',
      service: 'checkout',
      id: 'ecs-svc/7',
      status: 'PRIMARY',
      rolloutState: 'IN_PROGRESS',
      rolloutReason: '',
      taskDefinition: revision(7),
      createdAt: '',
      updatedAt: '',
      failedTasks: 0,
    };
    expect(action.propose(hypothesis, target, [fact], incidentBrief)).toEqual(params);
    expect(action.propose(hypothesis, target, [], incidentBrief)).toMatchObject({ notPossible: expect.stringContaining('not known') });
    expect(action.propose({ ...hypothesis, service: 'cart' }, target, [fact], incidentBrief)).toMatchObject({
      notPossible: expect.stringContaining('sits in cart'),
    });
  });
});
