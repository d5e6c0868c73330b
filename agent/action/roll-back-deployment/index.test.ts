import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hypothesis } from '../../domain/cause.ts';
import type { DeploymentFact, PastDeployment } from '../../domain/evidence.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { actionContract, created, depsOn, planned } from '../action.contract.ts';
import { account, deploy, type EcsServer, type EcsState, revision, startEcsServer } from '../ecs/server.contract.ts';
import { rollBackDeployment } from './index.ts';

const target = { cluster: 'shop', service: 'checkout' };
const params = { ...target, deploymentId: 'ecs-svc/7' };
const signal = new AbortController().signal;

/** Revision 7 is still rolling out and 6 still drains. */
function inProgress(state: EcsState): void {
  Object.assign(state.history[0] ?? {}, { status: 'IN_PROGRESS' });
  Object.assign(state.deployments[0] ?? {}, { rolloutState: 'IN_PROGRESS' });
  state.deployments.push({ id: 'ecs-svc/6', status: 'ACTIVE', taskDefinition: revision(6), rolloutState: 'COMPLETED', createdAt: 0 });
}

const newestIs = (status: string) => (state: EcsState) => Object.assign(state.history[0] ?? {}, { status });

const refusals = [
  { when: 'the revision before is inactive', arrange: (state: EcsState) => set(state, 6, 'INACTIVE'), reason: /checkout:6.* is INACTIVE/ },
  { when: 'the revision before is deleted', arrange: (state: EcsState) => set(state, 6, ''), reason: /checkout:6.* is gone/ },
  {
    when: 'the suspect carries an irreversible migration',
    arrange: (state: EcsState) => Object.assign(state.tags, { [revision(7)]: ['kintsugi:no-rollback'] }),
    reason: /must not be rolled back/,
  },
  { when: 'ECS rolls back already', arrange: newestIs('ROLLBACK_IN_PROGRESS'), reason: /already rolling/ },
  { when: 'somebody asked ECS to roll back', arrange: newestIs('ROLLBACK_REQUESTED'), reason: /already rolling/ },
  { when: 'somebody stops the deployment', arrange: newestIs('STOP_REQUESTED'), reason: /already rolling/ },
  { when: 'ECS has rolled back', arrange: newestIs('ROLLBACK_SUCCESSFUL'), reason: /already rolled/ },
  { when: 'there was no revision before', arrange: (state: EcsState) => state.history.splice(1), reason: /nothing to roll back to/ },
  {
    when: 'the revision before never completed',
    arrange: (state: EcsState) => Object.assign(state.history[1] ?? {}, { status: 'STOPPED' }),
    reason: /nothing to roll back to/,
  },
  { when: 'the suspect is no longer PRIMARY', arrange: (state: EcsState) => deploy(state, revision(8)), reason: /no longer PRIMARY/ },
  { when: 'nothing is meant to run', arrange: (state: EcsState) => Object.assign(state, { desired: 0 }), reason: /desired count is 0/ },
  {
    when: 'CodeDeploy drives the service',
    arrange: (state: EcsState) => Object.assign(state, { controller: 'CODE_DEPLOY' }),
    reason: /CODE_DEPLOY/,
  },
  {
    when: 'the revision before completed too long ago',
    arrange: (state: EcsState) => Object.assign(state.history[1] ?? {}, { createdAt: Date.UTC(2025, 1, 1) }),
    reason: /days ago/,
  },
  {
    when: 'the suspect was itself brought by a roll-back',
    arrange: (state: EcsState) =>
      state.history.splice(1, 0, {
        arn: 'd8',
        status: 'SUCCESSFUL',
        taskDefinition: revision(8),
        createdAt: Date.UTC(2026, 0, 1, 0, 6, 30),
      }),
    reason: /newer than the suspect/,
  },
  {
    when: 'the revision before is of another family',
    arrange: (state: EcsState) => Object.assign(state.history[1] ?? {}, { taskDefinition: revision(6, 'checkout-old') }),
    reason: /another family/,
  },
];

function set(state: EcsState, number: number, status: string): void {
  state.taskDefinitionStatus[revision(number)] = status;
}

describe('of a deployment that completed', () => {
  actionContract({
    plugin: rollBackDeployment,
    params,
    calls: ['ecs:UpdateService'],
    isApplied: ({ deployments }) => deployments[0]?.taskDefinition === revision(6),
    isUndone: ({ deployments }) => deployments[0]?.taskDefinition === revision(7) && deployments[0].id !== 'ecs-svc/7',
    refusals,
  });
});

describe('of a deployment still in progress', () => {
  actionContract({
    plugin: rollBackDeployment,
    params,
    calls: ['ecs:StopServiceDeployment'],
    arrange: inProgress,
    isApplied: ({ history }) => history[0]?.status === 'ROLLBACK_IN_PROGRESS',
    isUndone: ({ deployments }) => deployments[0]?.taskDefinition === revision(7) && deployments[0].id !== 'ecs-svc/7',
    refusals: refusals.slice(0, 6),
  });
});

describe('roll-back-deployment', () => {
  let server: EcsServer;
  const action = () => created(rollBackDeployment, depsOn(server));
  beforeEach(async () => {
    server = await startEcsServer();
  });
  afterEach(() => server.close());

  it('goes back past revisions that never completed', async () => {
    server.state.history.splice(1, 0, {
      arn: 'd65',
      status: 'ROLLBACK_SUCCESSFUL',
      taskDefinition: revision(65),
      createdAt: Date.UTC(2026, 0, 1, 0, 6, 30),
    });
    expect((await planned(action(), params)).snapshot).toMatchObject({ targetTaskDefinition: revision(6), serviceDeploymentArn: null });
  });

  it('goes back from a revision that was restarted since', async () => {
    server.state.history.unshift({ arn: 'd8', status: 'SUCCESSFUL', taskDefinition: revision(7), createdAt: Date.UTC(2026, 0, 1, 1) });
    expect((await planned(action(), params)).snapshot).toMatchObject({ targetTaskDefinition: revision(6) });
  });

  it('goes back from a revision that had been gone back from before', async () => {
    const again = (number: number, hour: number) => ({
      arn: `again-${number}`,
      status: 'SUCCESSFUL',
      taskDefinition: revision(number),
      createdAt: Date.UTC(2026, 0, 1, hour),
    });
    server.state.history.unshift(again(7, 2), again(6, 1));
    expect((await planned(action(), params)).snapshot).toMatchObject({ targetTaskDefinition: revision(6) });
  });

  it('is not undone once somebody has deployed the same revision again', async () => {
    const rollBack = action();
    const plan = await planned(rollBack, params);
    expect(await rollBack.execute(plan, permitted())).toMatchObject({ applied: 'yes' });
    deploy(server.state, revision(6));
    expect(await rollBack.undo?.(plan, permitted())).toMatchObject({ applied: 'no', detail: expect.stringContaining('somebody else') });
    expect(server.state.deployments[0]?.taskDefinition).toBe(revision(6));
  });

  it('does not stop a second deployment of the suspect: ECS would go back to the first', async () => {
    inProgress(server.state);
    server.state.history.splice(1, 0, {
      arn: 'd7',
      status: 'SUCCESSFUL',
      taskDefinition: revision(7),
      createdAt: Date.UTC(2026, 0, 1, 0, 6, 30),
    });
    const plan = await planned(created(rollBackDeployment, depsOn(server)), params);
    expect(plan.calls.map(({ operation }) => operation)).toEqual(['ecs:UpdateService']);
    expect(plan.snapshot).toMatchObject({ targetTaskDefinition: revision(6), serviceDeploymentArn: null });
  });

  it('does not stop a deployment that came to rest after the plan', async () => {
    inProgress(server.state);
    const plan = await planned(action(), params);
    expect(plan.calls[0]?.input).toEqual({ serviceDeploymentArn: `${account}:service-deployment/shop/checkout/d7`, stopType: 'ROLLBACK' });
    newestIs('SUCCESSFUL')(server.state);
    expect(await action().execute(plan, permitted({ signal }))).toMatchObject({ applied: 'no', detail: expect.stringContaining('moved') });
    expect(server.changes).toEqual([]);
  });

  it('sees a roll-back that ECS has accepted and not begun', async () => {
    inProgress(server.state);
    const plan = await planned(action(), params);
    newestIs('ROLLBACK_REQUESTED')(server.state);
    expect(await action().look(plan, signal)).toMatchObject({ applied: 'yes' });
  });

  describe('where service deployments cannot be listed', () => {
    beforeEach(() => server.trouble.set('ListServiceDeployments', 'refused'));

    it('goes back to a completed revision that still drains', async () => {
      inProgress(server.state);
      expect((await planned(action(), params)).snapshot).toMatchObject({ targetTaskDefinition: revision(6), serviceDeploymentArn: null });
    });

    it('does not guess a lower number of the family', async () => {
      expect(await action().plan(params, signal)).toMatchObject({ notPossible: expect.stringContaining('nothing to roll back to') });
    });

    it('keeps out of the way of the circuit breaker', async () => {
      inProgress(server.state);
      server.state.deployments.push({
        id: 'ecs-svc/8',
        status: 'ACTIVE',
        taskDefinition: revision(8),
        rolloutState: 'FAILED',
        createdAt: 0,
      });
      expect(await action().plan(params, signal)).toMatchObject({ notPossible: expect.stringContaining('already rolling') });
    });
  });

  const hypothesis: Hypothesis = { cause: 'bad-deployment', service: 'checkout', confidence: 1, evidence: [], because: [], refutedBy: '' };
  const primary: DeploymentFact = {
    kind: 'deployment',
    service: 'checkout',
    id: 'ecs-svc/7',
    status: 'PRIMARY',
    rolloutState: 'COMPLETED',
    rolloutReason: '',
    taskDefinition: revision(7),
    createdAt: '',
    updatedAt: '',
    failedTasks: 0,
  };
  const before: PastDeployment = {
    kind: 'past-deployment',
    service: 'checkout',
    taskDefinition: revision(6),
    startedAt: '',
    finishedAt: '',
    completed: true,
  };

  it('proposes the deployment the evidence shows as PRIMARY', () => {
    expect(action().propose(hypothesis, target, [before, primary], incidentBrief)).toEqual(params);
    expect(action().propose(hypothesis, target, [before], incidentBrief)).toMatchObject({
      notPossible: expect.stringContaining('not known'),
    });
  });

  it('proposes itself for tasks that do not start only when a new revision came in', () => {
    const starting = { ...hypothesis, cause: 'task-start-failure' as const };
    const failing = { ...primary, rolloutState: 'IN_PROGRESS' as const };
    expect(action().propose(starting, target, [failing, before], incidentBrief)).toEqual(params);
    for (const facts of [
      [failing],
      [failing, { ...before, taskDefinition: revision(7) }],
      [failing, { ...before, completed: false }],
      [primary, before],
    ]) {
      expect(action().propose(starting, target, facts, incidentBrief)).toMatchObject({
        notPossible: expect.stringContaining('no new revision'),
      });
    }
  });
});
