import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Hypothesis } from '../../domain/cause.ts';
import { IncidentId } from '../../domain/ids.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { createSsm, type SsmDocument, type SsmExecution, type SsmState } from '../../testing/ssm-server.ts';
import { actionContract, created, depsless, depsOn, planned } from '../action.contract.ts';
import { deploy, revision, startEcsServer, taskId } from '../ecs/server.contract.ts';
import { runRunbook } from './index.ts';

const target = { cluster: 'shop', service: 'checkout' };
const params = { ...target, runbook: 'flush-cache', incidentId: 'incident-1' };
const signal = new AbortController().signal;
const effect = permitted({ signal });

const document: SsmDocument = {
  name: 'Shop-FlushCache',
  version: '3',
  content: 'schemaVersion: "0.3"',
  parameters: [
    { Name: 'Cluster', Type: 'String' },
    { Name: 'Service', Type: 'String' },
    { Name: 'Mode', Type: 'String' },
    { Name: 'Pause', Type: 'String', DefaultValue: '0' },
  ],
};
const runbook = {
  name: 'flush-cache',
  document: 'Shop-FlushCache',
  version: '3',
  parameters: { Cluster: ['{cluster}'], Service: ['{service}'], Mode: ['soft'] },
  causes: ['all-tasks-degraded'],
  services: ['shop/checkout'],
  shareOfCapacity: 0,
};
const forOneTask = {
  ...runbook,
  name: 'drain-task',
  parameters: { ...runbook.parameters, Mode: ['{taskId}'] },
  causes: ['sick-task'],
};
const config = { runbooks: [runbook, forOneTask] };

let ssm: SsmState;
function fresh(): ReturnType<typeof createSsm> {
  const double = createSsm([structuredClone(document)]);
  ssm = double.state;
  return double;
}
const only = (): SsmDocument => ssm.documents[0] ?? document;
const execution = (over: Partial<SsmExecution> = {}): SsmExecution => ({
  id: 'b5d3c2a1-0000-4000-8000-000000000001',
  document: 'Shop-FlushCache',
  version: '3',
  status: 'InProgress',
  parameters: {},
  tags: [],
  token: undefined,
  ...over,
});

actionContract({
  plugin: runRunbook,
  config,
  params,
  calls: ['ssm:StartAutomationExecution'],
  beside: () => [fresh()],
  looksBy: ['DescribeAutomationExecutions'],
  isApplied: () => ssm.executions.length === 1,
  refusals: [
    { when: 'the document is retired', arrange: () => Object.assign(only(), { status: 'Deleting' }), reason: /Deleting, not Active/ },
    { when: 'it is no automation', arrange: () => Object.assign(only(), { type: 'Command' }), reason: /of type Command/ },
    {
      when: 'the document takes other parameters',
      arrange: () => Object.assign(only(), { parameters: [] }),
      reason: /takes no parameter Cluster/,
    },
    {
      when: 'the document wants one more parameter',
      arrange: () => only().parameters?.push({ Name: 'Reason', Type: 'String' }),
      reason: /needs the parameter Reason/,
    },
    { when: 'somebody runs the same document', arrange: () => ssm.executions.push(execution()), reason: /InProgress: one at a time/ },
    {
      when: 'it waits for an approval in SSM',
      arrange: () => ssm.executions.push(execution({ status: 'PendingApproval' })),
      reason: /PendingApproval: one at a time/,
    },
    { when: 'nothing is meant to run', arrange: (state) => Object.assign(state, { desired: 0 }), reason: /desired count is 0/ },
    { when: 'a deployment is in progress', arrange: (state) => deploy(state, revision(8)), reason: /IN_PROGRESS.*may not run meanwhile/ },
  ],
});

describe('run-runbook', () => {
  let server: Awaited<ReturnType<typeof startEcsServer>>;
  beforeEach(async () => {
    server = await startEcsServer([fresh()]);
    return () => server.close();
  });
  const action = (over: object = config) => created(runRunbook, depsOn(server), over);
  const started = () => ssm.executions[0] ?? execution();

  it('fills the placeholders, and leaves fixed texts as they stand in the settings', async () => {
    await action().execute(await planned(action(), params), effect);
    expect(started().parameters).toEqual({ Cluster: ['shop'], Service: ['checkout'], Mode: ['soft'] });
    expect(started()).toMatchObject({ document: 'Shop-FlushCache', version: '3' });
  });

  it('hands on the one task the cause sits in', async () => {
    const plan = await planned(action(), { ...params, runbook: 'drain-task', taskId: taskId(2) });
    await action().execute(plan, effect);
    expect(started().parameters.Mode).toEqual([taskId(2)]);
  });

  it.each([
    ['it is gone', () => server.state.tasks.splice(1, 1)],
    ['it stops', () => Object.assign(server.state.tasks[1] ?? {}, { desiredStatus: 'STOPPED' })],
    ['it belongs to another service', () => Object.assign(server.state.tasks[1] ?? {}, { group: 'service:cart' })],
  ])('is not run for a task when %s', async (_, arrange) => {
    const forTask = { ...params, runbook: 'drain-task', taskId: taskId(2) };
    const plan = await planned(action(), forTask);
    arrange();
    expect(await action().plan(forTask, signal)).toMatchObject({ notPossible: expect.stringContaining('is not a running task') });
    expect(await action().execute(plan, effect)).toMatchObject({ applied: 'no' });
    expect(ssm.executions).toEqual([]);
  });

  it('wants a task where the runbook takes one, and none where it does not', async () => {
    const without = await action().plan({ ...params, runbook: 'drain-task' }, signal);
    expect(without).toMatchObject({ notPossible: 'runbook drain-task needs a task' });
    const superfluous = await action().plan({ ...params, taskId: taskId(2) }, signal);
    expect(superfluous).toMatchObject({ notPossible: 'runbook flush-cache takes no task' });
  });

  it('marks what it starts with a token of its own and the incident', async () => {
    const plan = await planned(action(), params);
    await action().execute(plan, effect);
    expect(started()).toMatchObject({
      token: plan.snapshot.token,
      tags: [{ Key: `kintsugi:change/${plan.snapshot.token}`, Value: 'incident-1' }],
    });
  });

  it('makes the same plan twice, and another one for another incident or another state of the service', async () => {
    const token = async (over: object = {}) => (await planned(action(), { ...params, ...over })).snapshot.token;
    const first = await token();
    expect(await token()).toBe(first);
    expect(await token({ incidentId: 'incident-2' })).not.toBe(first);
    server.state.desired = 4;
    expect(await token()).not.toBe(first);
  });

  it('runs the same runbook in a second incident, once the first run is over', async () => {
    await action().execute(await planned(action(), params), effect);
    Object.assign(started(), { status: 'Success' });
    const again = await planned(action(), { ...params, incidentId: 'incident-2' });
    expect(await action().look(again, signal)).toMatchObject({ applied: 'no' });
    expect(await action().execute(again, effect)).toMatchObject({ applied: 'yes' });
    expect(ssm.executions).toHaveLength(2);
  });

  it('is not run a second time for one change when the first run is over', async () => {
    const plan = await planned(action(), params);
    await action().execute(plan, effect);
    Object.assign(started(), { status: 'Failed', failure: 'Step 1 failed' });
    const outcome = await action().execute(plan, effect);
    expect(outcome).toMatchObject({ applied: 'no', detail: expect.stringContaining('was started for this very change') });
    expect(await action().look(plan, signal)).toMatchObject({ applied: 'yes', detail: expect.stringContaining('Failed Step 1 failed') });
    expect(ssm.executions).toHaveLength(1);
  });

  it('finds its execution on a later page', async () => {
    const plan = await planned(action(), params);
    await action().execute(plan, effect);
    ssm.pageSize = 1;
    for (let count = 0; count < 3; count += 1) ssm.executions.push(execution({ tags: started().tags }));
    expect(await action().look(plan, signal)).toMatchObject({ applied: 'yes' });
  });

  it('lets others run a document whose name only begins like its own', async () => {
    ssm.executions.push(execution({ document: 'Shop-FlushCacheOfCart' }));
    expect(await action().plan(params, signal)).not.toHaveProperty('notPossible');
  });

  it.each([
    ['the document was replaced under the same version', () => Object.assign(only(), { content: 'other' }), /not the one of the plan/],
    ['the settings changed', () => undefined, /settings of runbook flush-cache are not those of the plan/],
    ['the entry is gone', () => undefined, /no entry flush-cache/],
  ])('runs nothing when %s since the plan', async (when, arrange, reason) => {
    const plan = await planned(action(), params);
    arrange();
    const later = {
      'the settings changed': { runbooks: [{ ...runbook, parameters: { ...runbook.parameters, Mode: ['hard'] } }] },
      'the entry is gone': { runbooks: [forOneTask] },
    }[when];
    const outcome = await action(later ?? config).execute(plan, effect);
    expect(outcome).toMatchObject({ applied: 'no', detail: expect.stringMatching(reason) });
    expect(server.changes).toEqual([]);
  });

  it('holds the document to the hash in the settings, when they name one', async () => {
    const sha256 = createHash('sha256')
      .update(document.content ?? '')
      .digest('hex');
    expect(await action({ runbooks: [{ ...runbook, sha256 }] }).plan(params, signal)).not.toHaveProperty('notPossible');
    const refused = await action({ runbooks: [{ ...runbook, sha256: sha256.replace(/./, 'f') }] }).plan(params, signal);
    expect(refused).toMatchObject({ notPossible: expect.stringContaining('not the one the settings name') });
  });

  it('asks for a person unless the settings say otherwise', async () => {
    expect((await planned(action(), params)).needsApproval).toContain('flush-cache may run without a person');
    const trusted = action({ runbooks: [{ ...runbook, needsApproval: false }] });
    expect(await planned(trusted, params)).not.toHaveProperty('needsApproval');
  });

  it('counts on the loss of all capacity unless the settings say otherwise', async () => {
    const { shareOfCapacity: _, ...unsaid } = runbook;
    expect((await planned(action({ runbooks: [unsaid] }), params)).blastRadius).toEqual({ services: 1, tasks: 3, shareOfCapacity: 1 });
    const half = action({ runbooks: [{ ...runbook, shareOfCapacity: 0.5 }] });
    expect((await planned(half, params)).blastRadius).toEqual({ services: 1, tasks: 2, shareOfCapacity: 0.5 });
  });

  it('runs during a deployment only where the settings say so', async () => {
    deploy(server.state, revision(8));
    const bold = action({ runbooks: [{ ...runbook, duringDeployment: true }] });
    expect(await bold.plan(params, signal)).not.toHaveProperty('notPossible');
  });

  it('needs the right to start this version, to tag it, and to pass the role the runbook takes on', async () => {
    const role = 'arn:aws:iam::000000000000:role/runbooks';
    only().parameters?.push({ Name: 'AutomationAssumeRole', Type: 'String' });
    const withRole = action({ runbooks: [{ ...runbook, parameters: { ...runbook.parameters, AutomationAssumeRole: [role] } }] });
    const here = 'arn:aws:ssm:eu-west-1:000000000000';
    expect(withRole.rights?.(await planned(withRole, params))).toEqual([
      { action: 'ssm:StartAutomationExecution', resource: `${here}:automation-definition/Shop-FlushCache:3` },
      { action: 'ssm:AddTagsToResource', resource: `${here}:automation-execution/*` },
      { action: 'iam:PassRole', resource: role },
    ]);
  });

  it.each([
    ['a service that is not in the entry', { ...params, service: 'cart' }, /entry flush-cache of the settings is not for shop\/cart/],
    ['an entry that is not in the settings', { ...params, runbook: 'reboot' }, /no entry reboot/],
    ['a selector in the place of a name', { ...params, runbook: '*' }, /runbook must be one name/],
    ['a document in the place of a name', { ...params, document: 'AWS-StopEC2Instance' }, /document/],
    ['parameters of its own', { ...params, parameters: { Mode: ['hard'] } }, /parameters/],
  ])('refuses %s', async (_, given, reason) => {
    expect(await action().plan(given, signal)).toMatchObject({ notPossible: expect.stringMatching(reason) });
  });
});

describe('what the settings may name', () => {
  const accepts = (over: object) => runRunbook.config.safeParse({ runbooks: [{ ...runbook, ...over }] }).success;

  it.each([
    ['a version that moves', { version: '$LATEST' }],
    ['a version that somebody chooses', { version: '$DEFAULT' }],
    ['no version', { version: '' }],
    ['a pattern of documents', { document: 'Shop-*' }],
    ['a document of another account', { document: 'arn:aws:ssm:eu-west-1:1:document/x' }],
    ['a misspelt placeholder', { parameters: { Cluster: ['{clusters}'] } }],
    ['a placeholder within a text', { parameters: { Cluster: ['arn/{cluster}'] } }],
    ['something SSM would fill in', { parameters: { Cluster: ['{{ssm:secret}}'] } }],
    ['a pattern of services', { services: ['shop/*'] }],
    ['no service', { services: [] }],
    ['no cause', { causes: [] }],
    ['an unknown cause', { causes: ['gremlins'] }],
    ['a share beyond all', { shareOfCapacity: 1.5 }],
    ['an unknown setting', { region: 'eu-west-1' }],
  ])('is not %s', (_, over) => {
    expect(accepts({})).toBe(true);
    expect(accepts(over)).toBe(false);
  });

  it('is each name once', () => {
    expect(runRunbook.config.safeParse({ runbooks: [runbook, runbook] }).success).toBe(false);
  });

  it('takes a value that is spelt like a member of every object as the text it is', async () => {
    const server = await startEcsServer([fresh()]);
    const parameters = { ...runbook.parameters, Mode: ['constructor'] };
    const plan = await planned(created(runRunbook, depsOn(server), { runbooks: [{ ...runbook, parameters }] }), params);
    expect(plan.calls[0]?.input).toMatchObject({ Parameters: { Mode: ['constructor'] } });
    await server.close();
  });
});

describe('what run-runbook proposes', () => {
  const hypothesis: Hypothesis = { cause: 'sick-task', service: 'checkout', confidence: 1, evidence: [], because: [], refutedBy: '' };
  const action = created(runRunbook, depsless, config);

  it('is the first entry for the cause and the service', () => {
    expect(action.cures).toEqual(['all-tasks-degraded', 'sick-task']);
    const proposed = action.propose({ ...hypothesis, taskId: taskId(1) }, target, [], incidentBrief);
    expect(proposed).toEqual({ ...target, runbook: 'drain-task', taskId: taskId(1), incidentId: incidentBrief.id });
    expect(IncidentId.safeParse(incidentBrief.id).success).toBe(true);
    expect(action.propose({ ...hypothesis, cause: 'all-tasks-degraded' }, target, [], incidentBrief)).not.toHaveProperty('taskId');
  });

  it.each([
    ['without a task for a runbook that takes one', hypothesis, target, /names none/],
    ['for a cause of no entry', { ...hypothesis, cause: 'overload' as const }, target, /nothing for overload in shop\/checkout/],
    [
      'for a service of no entry',
      { ...hypothesis, service: 'cart' },
      { ...target, service: 'cart' },
      /nothing for sick-task in shop\/cart/,
    ],
    ['for a cause elsewhere', { ...hypothesis, service: 'cart' }, target, /the cause sits in cart/],
  ])('is nothing %s', (_, claim, place, reason) => {
    expect(action.propose(claim, place, [], incidentBrief)).toMatchObject({ notPossible: expect.stringMatching(reason) });
  });

  it('is nothing at all without a list', () => {
    expect(runRunbook.create(runRunbook.config.parse({}), depsless)).toBeUndefined();
  });
});
