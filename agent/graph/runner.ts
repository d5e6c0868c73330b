/**
 * Who runs which incident: claims by lease, drives the graph thread, resumes what a crash or an approval left unfinished, drains on stop.
 * It knows nothing of what the nodes do.
 */
import { randomUUID } from 'node:crypto';
import { Command, isGraphBubbleUp, RunControl } from '@langchain/langgraph';
import type { ActionStore } from '../action/action-store.ts';
import type { ApprovalStore } from '../approval/store.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { Clock } from '../domain/clock.ts';
import { InvariantError } from '../domain/errors.ts';
import type { Incident } from '../domain/incident.ts';
import type { IncidentStore, Lease } from '../incident/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { RunMetrics } from '../telemetry/metrics.ts';
import { graphVersion, type IncidentGraph } from './graph.ts';
import { settleChanges } from './settle-changes.ts';
import { type Approval, initialState } from './state.ts';

export interface RunnerSettings {
  /** Incidents driven at once. */
  concurrency: number;
  /** A dead process's incidents are taken over after this, milliseconds. */
  leaseMs: number;
  /** Pause between looks for work, milliseconds; a webhook wakes the runner earlier. */
  pollMs: number;
  /** A run that fails this often in a row goes to a human. */
  maxFailures: number;
}

export interface RunnerDependencies {
  graph: IncidentGraph;
  incidents: IncidentStore;
  approvals: ApprovalStore;
  actions: ActionStore;
  trail: AuditTrail;
  clock: Clock;
  logger: Logger;
  metrics: Pick<RunMetrics, 'lastRun' | 'outcomes'>;
}

export interface Runner {
  start(): void;
  /** Look for work now. */
  wake(): void;
  /** Stops claiming, lets each run finish the node it is in, and resolves when all have stopped. */
  drain(deadlineMs: number): Promise<void>;
}

/** What the approval node hands out when it stops for a person. */
interface Question {
  id?: string;
  value?: { approvalId?: string | null };
}

interface ActiveRun {
  control: RunControl;
  abort: AbortController;
  done: Promise<void>;
}

export function createRunner(deps: RunnerDependencies, settings: RunnerSettings): Runner {
  const owner = randomUUID();
  const active = new Set<ActiveRun>();
  const failures = new Map<string, number>();
  const stopping = new AbortController();
  let nap = new AbortController();

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      nap = new AbortController();
      try {
        deps.metrics.lastRun.set(deps.clock.now().getTime() / 1000);
        await wakeAnsweredApprovals();
        await claimAll();
      } catch (error) {
        deps.logger.error({ err: error }, 'the runner could not look for work');
      }
      await deps.clock.sleep(settings.pollMs, nap.signal).catch(() => undefined);
    }
  }

  async function claimAll(): Promise<void> {
    while (active.size < settings.concurrency && !stopping.signal.aborted) {
      const lease = await deps.incidents.claim(owner, settings.leaseMs);
      if (!lease) return;
      const run: ActiveRun = { control: new RunControl(), abort: new AbortController(), done: Promise.resolve() };
      active.add(run);
      run.done = drive(lease, run).finally(() => {
        active.delete(run);
        nap.abort();
      });
    }
  }

  /** Also those whose answer was stored by a process that died before it could say so. */
  async function wakeAnsweredApprovals(): Promise<void> {
    const pending = new Set((await deps.approvals.pending()).map((request) => request.incidentId));
    for (const { id } of await deps.incidents.list({ status: 'awaiting-approval', limit: 1000 })) {
      if (!pending.has(id)) await deps.incidents.setStatus(id, 'investigating');
    }
  }

  async function drive(lease: Lease, run: ActiveRun): Promise<void> {
    const renewing = keepLease(lease, run);
    try {
      const incident = await deps.incidents.get(lease.incidentId);
      if (incident && incident.status !== 'closed') await advance(incident, run);
      failures.delete(lease.incidentId);
    } catch (error) {
      if (!isGraphBubbleUp(error) && !run.abort.signal.aborted) {
        // Whatever cannot be written now is tried again with the next claim.
        await failed(lease, error).catch((again) => deps.logger.error({ err: again }, 'a failed run could not be recorded'));
      }
    } finally {
      run.abort.abort();
      await renewing;
      await deps.incidents.release(lease).catch((error) => deps.logger.error({ err: error }, 'a lease could not be released'));
    }
  }

  async function keepLease(lease: Lease, run: ActiveRun): Promise<void> {
    while (!run.abort.signal.aborted) {
      try {
        await deps.clock.sleep(settings.leaseMs / 3, run.abort.signal);
        if (await deps.incidents.renew(lease, settings.leaseMs)) continue;
        deps.logger.warn({ incidentId: lease.incidentId }, 'lease lost: another process runs this incident');
      } catch (error) {
        if (!run.abort.signal.aborted) deps.logger.error({ err: error, incidentId: lease.incidentId }, 'a lease could not be renewed');
      }
      // Without a renewed lease the run must not go on.
      run.abort.abort();
    }
  }

  async function advance(incident: Incident, run: ActiveRun): Promise<void> {
    if (incident.graphVersion !== graphVersion) {
      const reason = `the run belongs to graph version ${incident.graphVersion}, this process runs version ${graphVersion}`;
      return handOver(incident, reason);
    }
    const thread = { configurable: { thread_id: `${incident.id}@${graphVersion}` } };
    const before = await deps.graph.getState(thread);
    const started = before.createdAt !== undefined;
    const question = before.tasks.flatMap((task) => task.interrupts)[0];
    // `next` is empty already when a node has written its result and the process died before the checkpoint after it; its task is still there.
    if (started && before.tasks.length === 0) return handOver(incident, 'the run ended without closing the incident');

    let input: Parameters<IncidentGraph['invoke']>[0] = null;
    if (!started) input = initialState(incident.id);
    else if (question) {
      const answer = await approvalAnswer(question);
      if (!answer) return awaitApproval(incident, question);
      input = new Command({ resume: { [String(question.id)]: answer } });
    }
    if (started) await trail(incident, 'run-resumed', { next: [...before.next] });
    await deps.graph.invoke(input, { ...thread, durability: 'sync', control: run.control, signal: run.abort.signal, recursionLimit: 60 });
    const after = await deps.graph.getState(thread);
    const asked = after.tasks.flatMap((task) => task.interrupts)[0];
    if (asked) await awaitApproval(incident, asked);
  }

  async function awaitApproval(incident: Incident, question: Question): Promise<void> {
    await deps.incidents.setStatus(incident.id, 'awaiting-approval');
    // The answer may have come before the status was written, and its wake-up with it.
    if (await approvalAnswer(question)) await deps.incidents.setStatus(incident.id, 'investigating');
  }

  /** The answer to exactly the request this run waits for: a node that ran twice may have asked about another plan before. */
  async function approvalAnswer(question: Question): Promise<Approval | undefined> {
    const id = question.value?.approvalId;
    const request = id ? await deps.approvals.get(id) : undefined;
    if (!request) throw new InvariantError(`the run waits for approval ${String(id)}, which does not exist`);
    if (request.answer) return { id: request.id, answer: request.answer, by: request.answeredBy };
    const expired = request.expiresAt <= deps.clock.now().toISOString();
    return expired ? { id: request.id, answer: 'expired', by: null } : undefined;
  }

  async function failed(lease: Lease, error: unknown): Promise<void> {
    const count = (failures.get(lease.incidentId) ?? 0) + 1;
    failures.set(lease.incidentId, count);
    deps.logger.error({ err: error, incidentId: lease.incidentId, count }, 'a run failed');
    const reason = error instanceof Error ? error.message : String(error);
    await deps.trail
      .append({
        at: deps.clock.now().toISOString(),
        incidentId: lease.incidentId,
        actor: 'runner',
        event: 'run-failed',
        detail: { reason, count },
      })
      .catch(() => undefined);
    if (count >= settings.maxFailures) {
      const incident = await deps.incidents.get(lease.incidentId);
      if (incident) await handOver(incident, `the run failed ${count} times, last: ${reason}`);
      failures.delete(lease.incidentId);
      return;
    }
    await deps.clock.sleep(1000 * 2 ** (count - 1), stopping.signal).catch(() => undefined);
  }

  async function handOver(incident: Incident, reason: string): Promise<void> {
    await settleChanges(deps.actions, incident.id);
    await trail(incident, 'escalated', { reason });
    await deps.incidents.close(incident.id, 'escalated', reason);
    deps.metrics.outcomes.inc({ outcome: 'escalated' });
    deps.logger.warn({ incidentId: incident.id, reason }, 'incident escalated');
  }

  function trail(incident: Incident, event: 'escalated' | 'run-resumed', detail: Record<string, unknown>): Promise<void> {
    return deps.trail.append({ at: deps.clock.now().toISOString(), incidentId: incident.id, actor: 'runner', event, detail });
  }

  let running: Promise<void> = Promise.resolve();
  return {
    start() {
      running = loop();
    },
    wake() {
      nap.abort();
    },
    async drain(deadlineMs) {
      stopping.abort();
      nap.abort();
      const runs = [...active];
      for (const run of runs) run.control.requestDrain('the process stops');
      const deadline = new AbortController();
      const overdue = deps.clock
        .sleep(deadlineMs, deadline.signal)
        .then(() => {
          for (const run of runs) run.abort.abort();
        })
        .catch(() => undefined);
      await Promise.all([running, ...runs.map((run) => run.done)]);
      deadline.abort();
      await overdue;
    },
  };
}
