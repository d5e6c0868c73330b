import { beforeEach, describe, expect, it } from 'vitest';
import type { Hypothesis } from '../../domain/cause.ts';
import { createFis, type FisExperiment, type FisState } from '../../testing/fis-server.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { actionContract, created, depsless, depsOn, planned, testKey } from '../action.contract.ts';
import { account, startEcsServer, taskId } from '../ecs/server.contract.ts';
import { stopExperiment } from './index.ts';

const params = { cluster: 'shop', service: 'checkout' };
const config = { tagKey: 'kintsugi:may-stop' };
const signal = new AbortController().signal;
const taskArn = (number: number) => `${account}:task/shop/${taskId(number)}`;

function experiment(over: Partial<FisExperiment> = {}): FisExperiment {
  return {
    id: 'EXP1',
    templateId: 'EXT1',
    status: 'running',
    reason: 'Experiment is running.',
    tags: { 'kintsugi:may-stop': 'true' },
    targets: { tasks: [taskArn(1), taskArn(2)] },
    ...over,
  };
}

let fis: ReturnType<typeof createFis>;
let state: FisState;

function fresh(experiments = [experiment()]): ReturnType<typeof createFis> {
  fis = createFis(experiments);
  state = fis.state;
  return fis;
}

const only = (): FisExperiment => state.experiments[0] ?? experiment();

actionContract({
  plugin: stopExperiment,
  config,
  params,
  calls: ['fis:StopExperiment'],
  beside: () => [fresh()],
  looksBy: ['GetExperiment'],
  isApplied: () => only().status === 'stopping',
  refusals: [
    { when: 'it is over', arrange: () => Object.assign(only(), { status: 'completed' }), reason: /no running experiment/ },
    { when: 'it has not begun', arrange: () => Object.assign(only(), { status: 'initiating' }), reason: /no running experiment/ },
    { when: 'somebody stops it', arrange: () => Object.assign(only(), { status: 'stopping' }), reason: /no running experiment/ },
    { when: 'the tag is gone', arrange: () => Object.assign(only(), { tags: {} }), reason: /no tag kintsugi:may-stop=true/ },
    {
      when: 'the tag says no',
      arrange: () => Object.assign(only(), { tags: { 'kintsugi:may-stop': 'false' } }),
      reason: /no tag kintsugi:may-stop=true/,
    },
    {
      when: 'its targets belong to another service',
      arrange: (ecs) => {
        for (const task of ecs.tasks) task.group = 'service:cart';
      },
      reason: /no running experiment has a task of checkout/,
    },
    {
      when: 'its targets are no tasks',
      arrange: () => Object.assign(only(), { resourceType: 'aws:ec2:instance' }),
      reason: /no running experiment has a task of checkout/,
    },
    { when: 'ECS no longer knows its targets', arrange: (ecs) => ecs.tasks.splice(0), reason: /no running experiment has a task/ },
    {
      when: 'a second one runs against the service',
      arrange: () => state.experiments.push(experiment({ id: 'EXP2' })),
      reason: /2 experiments run against checkout \(EXP1, EXP2\)/,
    },
  ],
});

describe('stop-experiment', () => {
  let server: Awaited<ReturnType<typeof startEcsServer>>;
  beforeEach(async () => {
    server = await startEcsServer([fresh()]);
    return () => server.close();
  });
  const action = () => created(stopExperiment, depsOn(server), config);

  it('finds the experiment among many, on whatever page it and its targets are', async () => {
    const others = [2, 3, 4].map((number) => experiment({ id: `EXP${number}`, status: 'completed' }));
    state.experiments.unshift(...others);
    state.pageSize = 1;
    const plan = await planned(action(), params);
    expect(plan.snapshot).toMatchObject({ experimentId: 'EXP1', experimentTemplateId: 'EXT1' });
  });

  it('counts the services whose tasks are among the targets', async () => {
    const [first] = server.state.tasks;
    if (first) first.group = 'service:cart';
    expect((await planned(action(), params)).blastRadius).toEqual({ services: 2, tasks: 0, shareOfCapacity: 0 });
  });

  it('stops none when another experiment has taken the place of the planned one', async () => {
    const plan = await planned(action(), params);
    Object.assign(only(), { status: 'completed' });
    state.experiments.push(experiment({ id: 'EXP2' }));
    const outcome = await action().execute(plan, permitted({ signal, key: testKey }));
    expect(outcome).toMatchObject({ applied: 'no', detail: expect.stringContaining('EXP2 runs, not the EXP1 of the plan') });
    expect(server.changes).toEqual([]);
  });

  it('does not take an experiment that ended by itself for stopped', async () => {
    const plan = await planned(action(), params);
    Object.assign(only(), { status: 'completed', reason: 'Experiment completed.' });
    expect(await action().look(plan, signal)).toMatchObject({ applied: 'no', detail: expect.stringContaining('completed') });
    Object.assign(only(), { status: 'stopped', reason: 'Experiment stopped by user.' });
    expect(await action().look(plan, signal)).toMatchObject({ applied: 'yes' });
  });

  it('names the experiment it needs a permission for', async () => {
    const plan = await planned(action(), params);
    expect(action().rights?.(plan)).toEqual([
      { action: 'fis:StopExperiment', resource: 'arn:aws:fis:eu-west-1:000000000000:experiment/EXP1' },
    ]);
  });

  it('is off until a tag is named', () => {
    expect(stopExperiment.create(stopExperiment.config.parse({}), depsless)).toBeUndefined();
  });

  it('proposes the service the cause sits in, and nothing for another', () => {
    const hypothesis: Hypothesis = { cause: 'sick-task', service: 'checkout', confidence: 1, evidence: [], because: [], refutedBy: '' };
    const proposed = created(stopExperiment, depsless, config);
    expect(proposed.propose(hypothesis, params, [], incidentBrief)).toEqual(params);
    expect(proposed.propose({ ...hypothesis, service: 'cart' }, params, [], incidentBrief)).toMatchObject({
      notPossible: expect.stringContaining('the cause sits in cart'),
    });
  });
});
