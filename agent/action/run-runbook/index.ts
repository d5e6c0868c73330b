/**
 * Starts one runbook of SSM Automation out of the list in the settings: its document, its version and what each parameter is filled with stand
 * there, and nothing else is ever run. Without a word in the settings a person has to agree.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { NotPossible, Plan } from '../../domain/plan.ts';
import type { Action } from '../action.ts';
import { causesOf, entryFor, entryNamed } from '../allow-list.ts';
import { arnBeside } from '../aws/arn.ts';
import { sendOnce, unreadable } from '../aws/call.ts';
import { compareAndSet, deploymentInProgress, type EcsService, movedSince, readService, snapshotOf } from '../ecs/service.ts';
import { oneTask } from '../ecs/tasks.ts';
import { checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { executionOf, readDocument, tagKeyOf, unfinished, unfit } from './automation.ts';
import { Config, Params, type Placeholder, type Runbook, Snapshot } from './schema.ts';

export const runRunbook: ActionPlugin<Config> = {
  id: 'run-runbook',
  title: 'Run a runbook of SSM Automation from the list in the settings',
  config: Config,
  create,
};

function create({ runbooks, callTimeoutMs }: Config, { aws }: ActionDeps): Action<Params> | undefined {
  if (runbooks.length === 0) return undefined;
  const { reader } = aws.ecs;
  const call = (signal: AbortSignal) => ({ signal, timeoutMs: callTimeoutMs });

  /** The hash of the document when everything holds. */
  async function check(params: Params, runbook: Runbook, view: EcsService, signal: AbortSignal): Promise<{ hash: string } | NotPossible> {
    const refusal = against(runbook, view) ?? (await otherTask(params, signal));
    if (refusal) return { notPossible: refusal };
    const ssm = (await aws.ssm()).reader;
    const document = await readDocument(ssm, runbook, call(signal));
    const misfit = unfit(runbook, document);
    if (misfit) return { notPossible: misfit };
    const [busy] = await unfinished(ssm, runbook.document, call(signal));
    if (!busy) return { hash: document.Hash };
    return {
      notPossible: `execution ${busy.AutomationExecutionId} of ${runbook.document} is ${busy.AutomationExecutionStatus}: one at a time`,
    };
  }

  async function otherTask({ cluster, service, taskId }: Params, signal: AbortSignal): Promise<string | null> {
    if (taskId === undefined) return null;
    const task = await oneTask(reader, cluster, taskId, call(signal));
    const isOurs = task?.group === `service:${service}` && task.desiredStatus === 'RUNNING';
    return isOurs ? null : `task ${taskId} is not a running task of ${service}`;
  }

  return {
    id: runRunbook.id,
    title: runRunbook.title,
    cures: causesOf(runbooks),
    params: Params,

    propose(hypothesis, target, _facts, incident) {
      const runbook = entryFor(runbooks, hypothesis, target);
      if ('notPossible' in runbook) return runbook;
      const params = { cluster: target.cluster, service: target.service, runbook: runbook.name, incidentId: incident.id };
      if (!asksFor(runbook, '{taskId}')) return params;
      if (!hypothesis.taskId) return { notPossible: `runbook ${runbook.name} is for one task, and the hypothesis names none` };
      return { ...params, taskId: hypothesis.taskId };
    },

    async plan(params, signal) {
      const checked = checkParams(Params, params);
      if ('notPossible' in checked) return checked;
      const runbook = entryNamed(runbooks, checked.ok.runbook, checked.ok);
      if ('notPossible' in runbook) return runbook;
      if (asksFor(runbook, '{taskId}') !== (checked.ok.taskId !== undefined)) {
        return { notPossible: `runbook ${runbook.name} ${checked.ok.taskId === undefined ? 'needs a task' : 'takes no task'}` };
      }
      const view = await readService(reader, checked.ok, call(signal));
      if ('notPossible' in view) return view;
      const found = await check(checked.ok, runbook, view, signal);
      return 'notPossible' in found ? found : planFor(checked.ok, runbook, view, found.hash);
    },

    async execute(plan, effect) {
      const params = Params.parse(plan.params);
      const snapshot = Snapshot.parse(plan.snapshot);
      const { writer } = await aws.ssm();
      const { StartAutomationExecutionCommand } = await import('@aws-sdk/client-ssm');
      const runbook = entryNamed(runbooks, params.runbook, params);
      if ('notPossible' in runbook) return { applied: 'no', detail: runbook.notPossible };
      const input = inputOf(runbook, params, snapshot.token);
      if (!isDeepStrictEqual(input, plan.calls[0]?.input)) {
        return { applied: 'no', detail: `the settings of runbook ${runbook.name} are not those of the plan` };
      }
      return compareAndSet(
        reader,
        params,
        call(effect.signal),
        async (view) => {
          const moved = movedSince(snapshot, view);
          if (moved) return moved;
          const earlier = await executionOf((await aws.ssm()).reader, snapshot.token, call(effect.signal));
          if (earlier) return `execution ${earlier.AutomationExecutionId} was started for this very change`;
          const found = await check(params, runbook, view, effect.signal);
          if ('notPossible' in found) return found.notPossible;
          return found.hash === snapshot.documentHash ? null : `document ${runbook.document} is not the one of the plan`;
        },
        () => sendOnce(writer, new StartAutomationExecutionCommand(input), { effect, timeoutMs: callTimeoutMs }),
      );
    },

    async look(plan, signal) {
      const { token } = Snapshot.parse(plan.snapshot);
      try {
        const execution = await executionOf((await aws.ssm()).reader, token, call(signal));
        if (!execution) return { applied: 'no', detail: 'no execution carries the tag of this change' };
        const { AutomationExecutionId, AutomationExecutionStatus, FailureMessage } = execution;
        return { applied: 'yes', detail: `execution ${AutomationExecutionId} is ${AutomationExecutionStatus} ${FailureMessage}`.trim() };
      } catch (error) {
        return unreadable(error, 'unknown', signal);
      }
    },

    rights(plan) {
      const { serviceArn } = Snapshot.parse(plan.snapshot);
      const runbook = runbooks.find(({ name }) => name === plan.params.runbook);
      const roles = runbook?.parameters.AutomationAssumeRole ?? [];
      return [
        {
          action: 'ssm:StartAutomationExecution',
          resource: arnBeside(serviceArn, 'ssm', `automation-definition/${runbook?.document}:${runbook?.version}`),
        },
        { action: 'ssm:AddTagsToResource', resource: arnBeside(serviceArn, 'ssm', 'automation-execution/*') },
        ...roles.map((resource) => ({ action: 'iam:PassRole', resource })),
      ];
    },
  };
}

function asksFor({ parameters }: Runbook, placeholder: Placeholder): boolean {
  return Object.values(parameters).some((values) => values.includes(placeholder));
}

function against({ name, duringDeployment }: Runbook, view: EcsService): string | null {
  if (view.desiredCount === 0) return 'the desired count is 0: nothing is meant to run';
  const moving = duringDeployment ? null : deploymentInProgress(view);
  return moving && `${moving}; runbook ${name} may not run meanwhile`;
}

function planFor(params: Params, runbook: Runbook, view: EcsService, documentHash: string): Plan {
  const { name, document, version, shareOfCapacity, needsApproval } = runbook;
  const token = tokenOf([params, snapshotOf(view), documentHash]);
  return {
    action: runRunbook.id,
    target: { cluster: params.cluster, service: params.service },
    params,
    calls: [{ operation: 'ssm:StartAutomationExecution', input: inputOf(runbook, params, token) }],
    blastRadius: { services: 1, tasks: Math.ceil(view.desiredCount * shareOfCapacity), shareOfCapacity },
    snapshot: { ...snapshotOf(view), token, documentHash } satisfies Snapshot,
    undo: { kind: 'none', reason: 'what a runbook does only its author knows how to put back' },
    summary: `run runbook ${name} (${document} version ${version}) for ${params.service}`,
    ...(needsApproval ? { needsApproval: `the settings do not say that runbook ${name} may run without a person` } : {}),
  };
}

function inputOf(runbook: Runbook, params: Params, token: string) {
  const filled = new Map<string, string | undefined>([
    ['{cluster}', params.cluster],
    ['{service}', params.service],
    ['{taskId}', params.taskId],
  ] satisfies [Placeholder, string | undefined][]);
  return {
    DocumentName: runbook.document,
    DocumentVersion: runbook.version,
    Parameters: Object.fromEntries(
      Object.entries(runbook.parameters).map(([name, values]) => [name, values.map((value) => filled.get(value) ?? value)]),
    ),
    ClientToken: token,
    Tags: [{ Key: tagKeyOf(token), Value: params.incidentId }],
  };
}

/** The same plan has the same token on every replica; SSM wants the shape of a UUID. */
function tokenOf(parts: unknown): string {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}
