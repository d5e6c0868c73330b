/**
 * Stops the tasks of a plan batch by batch; before each further batch the service must be at full strength again. What is left follows from
 * what ECS tells, so a run that takes over from a dead one does the rest. Whatever is in doubt ends it where it stands.
 */
import { StopTaskCommand } from '@aws-sdk/client-ecs';
import type { Clock } from '../../domain/clock.ts';
import { UpstreamError } from '../../domain/errors.ts';
import type { Outcome } from '../../domain/plan.ts';
import type { Effect } from '../action.ts';
import { sendOnce } from '../aws/call.ts';
import type { AwsClients } from '../aws/clients.ts';
import { readService } from '../ecs/service.ts';
import { describeTasks, stopReason, wantedTasks } from '../ecs/tasks.ts';
import type { Config, Params, Snapshot } from './schema.ts';
import { cannotSpare, healthyTasks, interference, type Look, progressOf } from './strength.ts';

export interface Restart {
  params: Params;
  snapshot: Snapshot;
  config: Config;
  ecs: AwsClients['ecs'];
  clock: Clock;
}

interface Against {
  against: string;
}

const pollMs = 5_000;

/** The service and the tasks of the plan as they stand, or why they must be left alone. Raises UpstreamError when ECS cannot be read. */
export async function lookAround({ params, snapshot, config, ecs }: Restart, signal: AbortSignal): Promise<Look | Against> {
  const context = { signal, timeoutMs: config.callTimeoutMs };
  const view = await readService(ecs.reader, params, context);
  if ('notPossible' in view) return { against: view.notPossible };
  const wanted = await wantedTasks(ecs.reader, params, context);
  const known = await describeTasks(ecs.reader, params.cluster, snapshot.taskArns, context);
  const against = interference(snapshot, view, known);
  return against === null ? { view, wanted, known } : { against };
}

/** `stopped`: tasks this change has stopped already; their replacements are waited for first. */
export async function stopInBatches(restart: Restart, effect: Effect, stopped: Set<string>): Promise<Outcome> {
  const { taskArns, batch } = restart.snapshot;
  for (;;) {
    const weak = stopped.size > 0 ? await untilStrong(restart, stopped, effect.signal) : null;
    if (weak !== null) return outcomeOf(restart, stopped, weak);
    for (let count = 0; count < batch; count += 1) {
      const next = await nextTask(restart, stopped, effect.signal);
      if (next === null || typeof next === 'object') return outcomeOf(restart, stopped, next?.against ?? null);
      const outcome = await stop(restart, next, effect);
      if (outcome.applied === 'unknown') return outcome;
      if (outcome.applied === 'no') return outcomeOf(restart, stopped, outcome.detail);
      stopped.add(next);
    }
    if (taskArns.every((arn) => stopped.has(arn))) return outcomeOf(restart, stopped, null);
  }
}

/** The ARN of a task that is left and can be spared, null when none is left. */
async function nextTask(restart: Restart, stopped: ReadonlySet<string>, signal: AbortSignal): Promise<string | null | Against> {
  const { snapshot, config } = restart;
  try {
    const look = await lookAround(restart, signal);
    if ('against' in look) return look;
    const next = progressOf(snapshot, look.known).left.find((arn) => !stopped.has(arn));
    if (next === undefined) return null;
    const healthy = healthyTasks(snapshot, look.wanted, stopped);
    const against = cannotSpare(next, healthy, look.view.desiredCount, config.minHealthyShare);
    return against === null ? next : { against };
  } catch (error) {
    return { against: unread(error, signal) };
  }
}

function stop({ params, config, ecs }: Restart, task: string, effect: Effect): Promise<Outcome> {
  const input = { cluster: params.cluster, task, reason: stopReason(effect.key) };
  return sendOnce(ecs.writer, new StopTaskCommand(input), { effect, timeoutMs: config.callTimeoutMs });
}

/** Waits until as many tasks as are wanted have run healthy for a while; answers why that did not come about. */
async function untilStrong(restart: Restart, stopped: ReadonlySet<string>, signal: AbortSignal): Promise<string | null> {
  const { snapshot, config, clock } = restart;
  const startMs = clock.monotonicMs();
  const endMs = startMs + config.replacementTimeoutSeconds * 1000;
  let strongSinceMs = Number.POSITIVE_INFINITY;
  let why = '';
  while (clock.monotonicMs() < endMs) {
    const nowMs = clock.monotonicMs();
    try {
      const look = await lookAround(restart, signal);
      if ('against' in look) return look.against;
      const healthy = healthyTasks(snapshot, look.wanted, stopped).length;
      why = `${healthy} of ${look.view.desiredCount} tasks run healthy`;
      strongSinceMs = healthy < look.view.desiredCount ? Number.POSITIVE_INFINITY : Math.min(strongSinceMs, nowMs);
    } catch (error) {
      // Throttling passes: a pause is what it asks for.
      why = unread(error, signal);
      strongSinceMs = Number.POSITIVE_INFINITY;
    }
    if (nowMs - strongSinceMs >= config.settleSeconds * 1000) return null;
    await clock.sleep(pollMs, signal);
  }
  return `the replacements did not come in ${config.replacementTimeoutSeconds} s: ${why}`;
}

function unread(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  if (!(error instanceof UpstreamError)) throw error;
  return `the service could not be read: ${error.message}`;
}

function outcomeOf({ snapshot }: Restart, stopped: ReadonlySet<string>, against: string | null): Outcome {
  if (stopped.size === 0) return { applied: 'no', detail: against ?? 'no task of the plan runs any more' };
  const made = `${stopped.size} of ${snapshot.taskArns.length} tasks were stopped for a fresh one`;
  return { applied: 'yes', detail: against === null ? made : `${made}, the rest was left alone: ${against}` };
}
