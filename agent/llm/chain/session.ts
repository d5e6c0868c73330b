/** One question or investigation on its way through a chain: whose turn it is, what was tried, found and spent. */
import type { AuditTrail } from '../../audit/trail.ts';
import type { ModelMetrics } from '../../telemetry/model-metrics.ts';
import type { Advice, Attempt, Investigation, Look, NoAdvice, Spent } from '../adviser.ts';
import type { Redactor } from '../redactor.ts';
import type { Breakers } from './breaker.ts';
import type { CallDeps } from './call.ts';
import { type Concluded, converse } from './conversation.ts';
import { failureOf } from './failure.ts';
import type { Models } from './models.ts';
import type { NewFence } from './prompt.ts';

export interface SessionDeps extends CallDeps {
  models: Models;
  breakers: Breakers;
  redactor: Redactor;
  trail: Pick<AuditTrail, 'append'>;
  metrics: Pick<ModelMetrics, 'modelCalls' | 'modelSeconds' | 'modelTokens' | 'modelCost'>;
  newFence: NewFence;
}

export interface SessionSettings {
  callTimeoutMs: number;
  /** Of one model for one investigation. */
  maxTokens: number;
}

/** Money, and a question that a model will not answer, say nothing about how it is. */
const nobodysFault: ReadonlySet<NoAdvice> = new Set(['ceiling', 'refused']);

/** Names the adviser in the audit trail. */
const actor = 'adviser';

/** What came of all models together. */
export type Ended<Value> = { kind: 'answer'; value: Value; model: string } | { kind: 'none'; why: NoAdvice; reason: string };

export interface Session<Value> {
  sofar(): Pick<Advice<Value>, 'spent' | 'attempts' | 'looks'>;
  ask(chain: readonly string[]): Promise<Ended<Value>>;
  /** Who was asked for what, and what became of it; never what was said. */
  record(ended: Ended<Value>): Promise<void>;
}

export function createSession<Value>(deps: SessionDeps, settings: SessionSettings, investigation: Investigation<Value>): Session<Value> {
  const { clock, metrics, breakers, budget } = deps;
  const { role, deadlineMs, signal } = investigation;
  const startedMs = clock.monotonicMs();
  const attempts: Attempt[] = [];
  const looks: Look[] = [];
  const spent: Spent = { inputTokens: 0, outputTokens: 0, costUsd: 0 };
  const secrets: Record<string, number> = {};
  const masking = deps.redactor.begin(investigation.keep ?? []);

  function sofar(): Pick<Advice<Value>, 'spent' | 'attempts' | 'looks'> {
    return { spent: { ...spent }, attempts, looks };
  }

  function spend(more: Spent): void {
    spent.inputTokens += more.inputTokens;
    spent.outputTokens += more.outputTokens;
    spent.costUsd += more.costUsd;
  }

  function tookOut(found: Readonly<Record<string, number>>): void {
    for (const [kind, count] of Object.entries(found)) secrets[kind] = (secrets[kind] ?? 0) + count;
  }

  /** One model, with its share of the time that is left. */
  async function attempt(model: string, untilMs: number, isTooDear: () => boolean): Promise<Concluded<Value>> {
    try {
      const chat = await deps.models.get(model, investigation.maxOutputTokens);
      const { newFence } = deps;
      const { callTimeoutMs, maxTokens } = settings;
      return await converse(deps, {
        model,
        chat,
        investigation,
        masking,
        newFence,
        looks,
        untilMs,
        callTimeoutMs,
        maxTokens,
        isTooDear,
        spend,
        tookOut,
      });
    } catch (error) {
      const { result, reason } = failureOf(error);
      // Without the error's own words: they may hold what was sent.
      deps.logger.error({ model, reason, name: error instanceof Error ? error.name : typeof error }, 'a model could not be asked');
      return { kind: 'none', result, reason };
    }
  }

  /** Whether a model was to blame decides whether it is asked again soon. */
  function blame(model: string, concluded: Concluded<Value>): void {
    if (concluded.kind === 'answer') breakers.succeeded(model);
    else if (concluded.kind === 'too-dear' || signal.aborted || nobodysFault.has(concluded.result)) breakers.left(model);
    else breakers.failed(model);
  }

  function note(model: string, result: Attempt['result'], reason: string, beganMs: number): void {
    const durationMs = Math.round(clock.monotonicMs() - beganMs);
    attempts.push({ model, result, reason, durationMs });
    metrics.modelCalls.inc({ role, model, result });
    metrics.modelSeconds.observe({ role, model }, durationMs / 1000);
  }

  async function ask(chain: readonly string[]): Promise<Ended<Value>> {
    let waiting = [...chain];
    for (let model = waiting.shift(); model !== undefined; model = waiting.shift()) {
      const beganMs = clock.monotonicMs();
      const leftMs = startedMs + deadlineMs - beganMs;
      if (signal.aborted) return { kind: 'none', why: 'timeout', reason: 'whoever asked gave up' };
      if (leftMs <= 0) return { kind: 'none', why: 'timeout', reason: 'the time for all models together was over' };
      const problem =
        deps.models.problemOf(model) ?? (breakers.enter(model) ? undefined : 'it failed lately and is left alone for a while');
      if (problem !== undefined) {
        note(model, 'unreachable', problem, beganMs);
        continue;
      }
      const dear = budget.dearness(model);
      const isTooDear = () => waiting.some((other) => budget.dearness(other) < dear);
      // A model that takes long must leave time for the next.
      const others = waiting.filter((other) => breakers.stateOf(other) !== 'open').length;
      const concluded = await attempt(model, beganMs + leftMs / (others + 1), isTooDear);
      blame(model, concluded);
      if (concluded.kind === 'answer') {
        note(model, 'answered', 'it answered', beganMs);
        return { kind: 'answer', value: concluded.value, model };
      }
      if (concluded.kind === 'too-dear') {
        // From the cheapest on none has a cheaper one behind it.
        waiting = [...waiting, model].sort((one, other) => budget.dearness(one) - budget.dearness(other));
        continue;
      }
      note(model, concluded.result, concluded.reason, beganMs);
    }
    const { result, reason } = attempts.at(-1) ?? { result: 'unreachable', reason: 'no model could be asked' };
    return { kind: 'none', why: result === 'answered' ? 'unreachable' : result, reason };
  }

  return {
    sofar,
    ask,
    record: (ended) =>
      deps.trail.append({
        at: clock.now().toISOString(),
        incidentId: investigation.incidentId,
        actor,
        event: 'model-asked',
        detail: {
          role,
          purpose: investigation.purpose,
          result: ended.kind === 'answer' ? 'answered' : ended.why,
          model: ended.kind === 'answer' ? ended.model : null,
          attempts: attempts.map((each) => ({ ...each })),
          looks: looks.length,
          ...spent,
          ...(Object.keys(secrets).length > 0 ? { secretsTakenOut: secrets } : {}),
        },
      }),
  };
}
