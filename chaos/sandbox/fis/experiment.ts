/** One run of a template: resolves its targets once, runs its actions in order, undoes every fault when it ends, however it ends. */
import type { SandboxTask, World } from '../world.ts';
import { actionSpec, completeParameters, durationMs, type Effect } from './catalogue.ts';
import { resolveTarget } from './targets.ts';
import type { ActionInput, TemplateInput } from './template.ts';

export interface Timing {
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Runs `then` after real milliseconds; answers its cancellation. */
  after: (ms: number, then: () => void) => () => void;
  /** Durations of a template are divided by it. */
  pace: number;
  /** In [0, 1). */
  random: () => number;
}

type ActionStatus = 'pending' | 'initiating' | 'running' | 'completed' | 'cancelled' | 'stopping' | 'stopped' | 'failed' | 'skipped';
type ExperimentStatus = 'pending' | 'initiating' | 'running' | 'completed' | 'stopping' | 'stopped' | 'failed';

interface RunningAction {
  input: ActionInput;
  parameters: Record<string, string>;
  status: ActionStatus;
  reason: string;
  startTime?: Date;
  endTime?: Date;
  tasks: SandboxTask[];
  /** Removes what is still applied; called once. */
  undo: (() => void)[];
}

const FINAL: readonly ActionStatus[] = ['completed', 'cancelled', 'stopped', 'failed', 'skipped'];

export class Experiment {
  readonly id: string;
  readonly templateId: string;
  readonly tags: Record<string, string>;
  readonly creationTime: Date;
  readonly #template: TemplateInput;
  readonly #world: World;
  readonly #timing: Timing;
  readonly #actions = new Map<string, RunningAction>();
  #status: ExperimentStatus = 'pending';
  #reason = 'Experiment is pending.';
  #startTime?: Date;
  #endTime?: Date;

  constructor(
    ids: { id: string; templateId: string; tags: Record<string, string> },
    template: TemplateInput,
    world: World,
    timing: Timing,
  ) {
    this.id = ids.id;
    this.templateId = ids.templateId;
    this.tags = ids.tags;
    this.creationTime = new Date(timing.now());
    this.#template = template;
    this.#world = world;
    this.#timing = timing;
    for (const [name, input] of Object.entries(template.actions)) {
      const parameters = completeParameters(name, actionSpec(input.actionId), input.parameters);
      this.#actions.set(name, { input, parameters, status: 'pending', reason: 'Initial state', tasks: [], undo: [] });
    }
  }

  get isOver(): boolean {
    return this.#endTime !== undefined;
  }

  start(): void {
    this.#startTime = new Date(this.#timing.now());
    this.#timing.after(0, () => {
      if (this.#status !== 'pending') return;
      this.#set('initiating', 'Experiment is initiating.');
      this.#timing.after(0, () => this.#run());
    });
  }

  /** Ends the experiment at once where AWS takes a moment: `stopping` is what the caller sees, `stopped` what follows. */
  stop(): void {
    this.#set('stopping', 'Stopping Experiment.');
    for (const action of this.#actions.values()) {
      if (FINAL.includes(action.status)) continue;
      this.#undo(action);
      if (action.status === 'pending') this.#endAction(action, 'cancelled', 'Action was cancelled.');
      else this.#endAction(action, 'stopped', 'Action was stopped.');
    }
    this.#timing.after(0, () => this.#end('stopped', 'Experiment stopped by user.'));
  }

  /** As GetExperiment answers. */
  describe(): Record<string, unknown> {
    const { roleArn, targets, stopConditions, experimentOptions } = this.#template;
    return {
      id: this.id,
      experimentTemplateId: this.templateId,
      roleArn,
      state: { status: this.#status, reason: this.#reason },
      targets,
      actions: Object.fromEntries(
        [...this.#actions].map(([name, { input, parameters, status, reason, startTime, endTime }]) => [
          name,
          { ...input, parameters, state: { status, reason }, startTime, endTime },
        ]),
      ),
      stopConditions,
      creationTime: this.creationTime,
      startTime: this.#startTime,
      endTime: this.#endTime,
      experimentOptions,
      tags: this.tags,
      targetAccountConfigurationsCount: 0,
    };
  }

  summary(): Record<string, unknown> {
    const { id, templateId, creationTime, tags } = this;
    return { id, experimentTemplateId: templateId, state: { status: this.#status, reason: this.#reason }, creationTime, tags };
  }

  /** As ListExperimentResolvedTargets answers; empty before the targets are resolved. */
  resolvedTargets(): { resourceType: string; targetName: string; targetInformation: { arn: string } }[] {
    const found = new Map<string, SandboxTask[]>();
    for (const { input, tasks } of this.#actions.values()) {
      for (const target of Object.values(input.targets)) found.set(target, tasks);
    }
    return [...found].flatMap(([targetName, tasks]) =>
      tasks.map(({ arn }) => ({ resourceType: 'aws:ecs:task', targetName, targetInformation: { arn } })),
    );
  }

  #run(): void {
    if (this.#status !== 'initiating') return;
    const used = new Set([...this.#actions.values()].flatMap(({ input }) => Object.values(input.targets)));
    const resolved = new Map<string, SandboxTask[]>();
    for (const [name, target] of Object.entries(this.#template.targets)) {
      if (used.has(name)) resolved.set(name, resolveTarget(target, this.#world, this.#timing.random));
    }
    const empty = [...resolved].some(([, tasks]) => tasks.length === 0);
    if (empty && this.#template.experimentOptions.emptyTargetResolutionMode === 'fail') {
      this.#fail('Target resolution returned empty set');
      return;
    }
    this.#set('running', 'Experiment is running.');
    for (const action of this.#actions.values()) {
      action.tasks = Object.values(action.input.targets).flatMap((name) => resolved.get(name) ?? []);
    }
    this.#advance();
  }

  #advance(): void {
    if (this.#status !== 'running') return;
    const all = [...this.#actions.values()];
    const ready = all.filter(
      (action) =>
        action.status === 'pending' &&
        action.input.startAfter.every((name) => ['completed', 'skipped'].includes(this.#actions.get(name)?.status ?? '')),
    );
    for (const action of ready) {
      this.#begin(action);
      if (this.#status !== 'running') return;
    }
    if (all.every(({ status }) => FINAL.includes(status))) this.#end('completed', 'Experiment completed.');
  }

  #begin(action: RunningAction): void {
    const spec = actionSpec(action.input.actionId);
    action.startTime = new Date(this.#timing.now());
    if (Object.keys(spec.targets).length > 0 && action.tasks.length === 0) {
      this.#endAction(action, 'skipped', 'Target resolution returned empty set');
      this.#timing.after(0, () => this.#advance());
      return;
    }
    action.status = 'running';
    action.reason = 'Action is running.';
    try {
      for (const task of action.tasks) this.#affect(action, task, spec.effect(action.parameters));
    } catch (error) {
      this.#undo(action);
      this.#endAction(action, 'failed', error instanceof Error ? error.message : String(error));
      this.#fail(`Action ${action.input.actionId} failed: ${action.reason}`);
      return;
    }
    const ms = (durationMs(action.parameters.duration ?? 'PT0S') ?? 0) / this.#timing.pace;
    const cancel = this.#timing.after(ms, () => {
      this.#undo(action);
      this.#endAction(action, 'completed', 'Action was completed.');
      this.#advance();
    });
    action.undo.push(cancel);
  }

  #affect(action: RunningAction, task: SandboxTask, effect: Effect): void {
    switch (effect.kind) {
      case 'wait':
        return;
      case 'stop':
        this.#world.stopTask(task.arn, 'Task stopped by user');
        return;
      case 'kill':
        // Every container of the sandbox runs one process, node.
        if (effect.processName !== 'node') throw new Error(`${effect.processName}: no process found in task ${task.id}`);
        this.#world.signalTask(task.arn, effect.signal);
        return;
      case 'network':
        if (!effect.usesEcsEndpoints) {
          throw new Error(`task ${task.id} runs on Fargate, where network actions need useEcsFaultInjectionEndpoints=true`);
        }
        action.undo.push(this.#world.applyNetworkFault(task.arn, effect.fault));
        return;
      case 'stress':
        action.undo.push(this.#world.applyStress(task.arn, effect.stress));
    }
  }

  #undo(action: RunningAction): void {
    for (const undo of action.undo.splice(0)) undo();
  }

  #fail(reason: string): void {
    for (const action of this.#actions.values()) {
      if (FINAL.includes(action.status)) continue;
      this.#undo(action);
      if (action.status === 'pending') this.#endAction(action, 'cancelled', 'Action was cancelled.');
      else this.#endAction(action, 'stopped', 'Action was stopped.');
    }
    this.#end('failed', reason);
  }

  #endAction(action: RunningAction, status: ActionStatus, reason: string): void {
    action.status = status;
    action.reason = reason;
    action.endTime = new Date(this.#timing.now());
  }

  #end(status: ExperimentStatus, reason: string): void {
    this.#set(status, reason);
    this.#endTime = new Date(this.#timing.now());
  }

  #set(status: ExperimentStatus, reason: string): void {
    this.#status = status;
    this.#reason = reason;
  }
}
