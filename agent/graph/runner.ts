/**
 * Who runs which incident: claims by lease, drives the graph thread, resumes what a crash or an approval left unfinished, drains on stop.
 * It knows nothing of what the nodes do. What waits, waits in the store: no more is in memory than is being worked on.
 */
import { setImmediate } from 'node:timers/promises';
import { Command, INTERRUPT, isGraphBubbleUp, isInterrupted, RunControl } from '@langchain/langgraph';
import type { ActionStore } from '../action/action-store.ts';
import type { ApprovalStore } from '../approval/store.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { Clock } from '../domain/clock.ts';
import { InvariantError, LeaseLostError, StoreError } from '../domain/errors.ts';
import type { Incident } from '../domain/incident.ts';
import type { HeldLease } from '../incident/lease.ts';
import type { IncidentStore } from '../incident/store.ts';
import { threadOf } from '../incident/thread.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { RunMetrics } from '../telemetry/metrics.ts';
import { graphVersion, type IncidentGraph, resumableVersions } from './graph.ts';
import { HeldLeases } from './held-leases.ts';
import { settleChanges } from './settle-changes.ts';
import { type Approval, initialState } from './state.ts';

export interface RunnerSettings {
  /** Incidents driven at once. */
  concurrency: number;
  /** The incidents of a process that stands still are taken over after this, milliseconds; those of a dead one at once. */
  leaseMs: number;
  /** Pause between looks for work, milliseconds; a webhook wakes the runner earlier. */
  pollMs: number;
  /** A run that fails this often in a row goes to a human. */
  maxFailures: number;
}

export interface RunnerDependencies {
  /** Names this process in its leases. */
  owner: string;
  /** Those of the owners that are alive. */
  living: (owners: readonly string[]) => Promise<string[]>;
  graph: IncidentGraph;
  incidents: IncidentStore;
  approvals: ApprovalStore;
  actions: ActionStore;
  trail: AuditTrail;
  clock: Clock;
  logger: Logger;
  metrics: Pick<RunMetrics, 'lastRun' | 'outcomes'>;
  /** Waited for before runs are started: whoever sends a webhook waits for its answer. */
  letPass?: (signal: AbortSignal) => Promise<void>;
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
  lease: HeldLease;
  control: RunControl;
  abort: AbortController;
  /** Its run in the checkpointer; undefined until the incident was read. */
  threadId: string | undefined;
  /** The youngest checkpoint when the run began. */
  startedAt: string | undefined;
  done: Promise<void>;
}

/** How a run left its incident. */
type End = 'finished' | 'waits' | 'stopped';

/** Pause between two complete looks at who waits for an approval that has long been answered. */
const allWaitsMs = 60_000;

export function createRunner(deps: RunnerDependencies, settings: RunnerSettings): Runner {
  const { owner, clock, logger } = deps;
  const { concurrency, leaseMs } = settings;
  const active = new Set<ActiveRun>();
  const leases = new HeldLeases({ ...deps, leaseMs });
  const stopping = new AbortController();
  const over = new AbortController();
  /** Starting runs one by one as others end would cost a claim for each. */
  const worthAClaim = Math.ceil(concurrency / 4);
  let mayBeMore = false;
  let nap = new AbortController();
  let allWaitsSeenMs: number | undefined;
  let expirySeen = '';

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      nap = new AbortController();
      try {
        deps.metrics.lastRun.set(clock.now().getTime() / 1000);
        await voidDeadLeases();
        await endAnsweredWaits();
        await claimAll();
      } catch (error) {
        if (!stopping.signal.aborted) logger.error({ err: error }, 'the runner could not look for work');
      }
      await clock.sleep(settings.pollMs, nap.signal).catch(() => undefined);
    }
  }

  /** Nobody waits for the lease of a dead process to run out. */
  async function voidDeadLeases(): Promise<void> {
    const others = (await deps.incidents.leaseOwners()).filter((one) => one !== owner);
    if (others.length === 0) return;
    const alive = new Set(await deps.living(others));
    const ended = await deps.incidents.voidLeases(others.filter((one) => !alive.has(one)));
    if (ended > 0) logger.info({ incidents: ended }, 'incidents of a dead process taken over');
  }

  /** Also those whose answer was stored by a process that died before it could say so. */
  async function endAnsweredWaits(): Promise<void> {
    const now = clock.now().toISOString();
    const seenLongAgo = allWaitsSeenMs === undefined || clock.monotonicMs() - allWaitsSeenMs >= allWaitsMs;
    await deps.incidents.endAnsweredWaits(seenLongAgo ? undefined : expirySeen);
    if (seenLongAgo) allWaitsSeenMs = clock.monotonicMs();
    expirySeen = now;
  }

  async function claimAll(): Promise<void> {
    for (;;) {
      const free = concurrency - active.size;
      if (stopping.signal.aborted || free <= 0 || (mayBeMore && free < worthAClaim)) return;
      await deps.letPass?.(stopping.signal);
      const sinceMs = clock.monotonicMs();
      const claimed = await deps.incidents.claim(owner, leaseMs, free);
      mayBeMore = claimed.length === free;
      const runs = claimed.map((lease): ActiveRun => {
        const abort = new AbortController();
        const held = leases.hold(lease, sinceMs, () => abort.abort());
        return { lease: held, control: new RunControl(), abort, threadId: undefined, startedAt: undefined, done: Promise.resolve() };
      });
      for (const run of runs) active.add(run);
      for (const run of runs) {
        run.done = drive(run).finally(() => {
          active.delete(run);
          nap.abort();
        });
        // What came in from outside meanwhile goes first.
        await setImmediate();
      }
      if (!mayBeMore) return;
    }
  }

  async function drive(run: ActiveRun): Promise<void> {
    const { lease } = run;
    let end: End = 'stopped';
    try {
      // Claimed, and the process was told to stop before the run began.
      if (!stopping.signal.aborted) end = await advance(run);
    } catch (error) {
      if (error instanceof LeaseLostError) logger.info({ incidentId: lease.incidentId }, 'the run stops: its incident is held elsewhere');
      else if (!isGraphBubbleUp(error) && !run.abort.signal.aborted) {
        // Whatever cannot be written now is tried again with the next claim.
        await failed(run, error).catch((again) => couldNotWrite(again, 'a failed run could not be recorded'));
      }
    } finally {
      leases.drop(lease);
      // Who closes an incident ends its lease with it.
      if (end !== 'finished') {
        await deps.incidents.release(lease, end === 'waits').catch((again) => couldNotWrite(again, 'a lease could not be released'));
      }
    }
  }

  async function couldNotWrite(error: unknown, message: string): Promise<void> {
    if (error instanceof LeaseLostError) return;
    logger.error({ err: error }, message);
    await clock.sleep(settings.pollMs, stopping.signal).catch(() => undefined);
  }

  async function advance(run: ActiveRun): Promise<End> {
    const { lease } = run;
    const incident = await deps.incidents.get(lease.incidentId);
    if (!incident || incident.status === 'closed') return 'finished';
    if (!resumableVersions.includes(incident.graphVersion)) {
      const reason = `the run belongs to graph version ${incident.graphVersion}, this process runs version ${graphVersion}`;
      return handOver(incident, lease, reason);
    }
    const thread_id = threadOf(incident.id, incident.graphVersion);
    run.threadId = thread_id;
    let input: Parameters<IncidentGraph['invoke']>[0] = initialState(incident.id);
    // What was never claimed before has no checkpoint.
    if (lease.fencingToken > 1) {
      const before = await deps.graph.getState({ configurable: { thread_id } });
      run.startedAt = checkpointOf(before);
      const question = before.tasks.flatMap((task) => task.interrupts)[0];
      const isStarted = before.createdAt !== undefined;
      // `next` is empty already when a node has written its result and the process died before the checkpoint after it; its task is still there.
      if (isStarted && before.tasks.length === 0) return handOver(incident, lease, 'the run ended without closing the incident');
      if (isStarted) input = null;
      if (question) {
        const answer = await approvalAnswer(question);
        if (!answer) return awaitApproval(lease, question);
        input = new Command({ resume: { [String(question.id)]: answer } });
      }
      if (isStarted) await trail(lease, 'run-resumed', { next: [...before.next] });
    }
    const result = await deps.graph.invoke(input, {
      configurable: { thread_id, lease },
      durability: 'sync',
      control: run.control,
      signal: run.abort.signal,
      recursionLimit: 60,
    });
    const asked = isInterrupted<Question['value']>(result) ? result[INTERRUPT][0] : undefined;
    return asked ? awaitApproval(lease, asked as Question) : 'finished';
  }

  async function awaitApproval(lease: HeldLease, question: Question): Promise<End> {
    await deps.incidents.setStatus('awaiting-approval', lease);
    // The answer may have come before the status was written, and its wake-up with it.
    if (await approvalAnswer(question)) await deps.incidents.endWait(lease.incidentId);
    return 'waits';
  }

  /** The answer to exactly the request this run waits for: a node that ran twice may have asked about another plan before. */
  async function approvalAnswer(question: Question): Promise<Approval | undefined> {
    const id = question.value?.approvalId;
    const request = id ? await deps.approvals.get(id) : undefined;
    if (!request) throw new InvariantError(`the run waits for approval ${String(id)}, which does not exist`);
    if (request.answer) return { id: request.id, answer: request.answer, by: request.answeredBy };
    const expired = request.expiresAt <= clock.now().toISOString();
    return expired ? { id: request.id, answer: 'expired', by: null } : undefined;
  }

  async function failed(run: ActiveRun, error: unknown): Promise<void> {
    const { lease } = run;
    const { incidentId } = lease;
    if (error instanceof StoreError) {
      // Not the run's fault, and a hand-over could not be written either: it goes on once the store can be written again.
      logger.error({ err: error, incidentId }, 'a run stands still: the store cannot be used');
      await clock.sleep(settings.pollMs, stopping.signal).catch(() => undefined);
      return;
    }
    const count = await deps.incidents.countFailure(lease, await hasProgressed(run));
    logger.error({ err: error, incidentId, count }, 'a run failed');
    const reason = error instanceof Error ? error.message : String(error);
    await deps.trail
      .append({ at: clock.now().toISOString(), incidentId, actor: 'runner', event: 'run-failed', detail: { reason, count } })
      .catch(() => undefined);
    if (count >= settings.maxFailures) {
      const incident = await deps.incidents.get(incidentId);
      if (incident) await handOver(incident, lease, `the run failed ${count} times, last: ${reason}`);
      return;
    }
    await clock.sleep(1000 * 2 ** (count - 1), stopping.signal).catch(() => undefined);
  }

  /** A checkpoint more than at its beginning: what failed then is another step than what failed before. */
  async function hasProgressed({ threadId, startedAt }: ActiveRun): Promise<boolean> {
    if (threadId === undefined) return false;
    return checkpointOf(await deps.graph.getState({ configurable: { thread_id: threadId } })) !== startedAt;
  }

  async function handOver(incident: Incident, lease: HeldLease, reason: string): Promise<End> {
    await settleChanges(deps.actions, lease);
    await trail(lease, 'escalated', { reason });
    await deps.incidents.close('escalated', reason, lease);
    deps.metrics.outcomes.inc({ outcome: 'escalated' });
    logger.warn({ incidentId: incident.id, reason }, 'incident escalated');
    return 'finished';
  }

  function trail(lease: HeldLease, event: 'escalated' | 'run-resumed', detail: Record<string, unknown>): Promise<void> {
    return deps.trail.append({ at: clock.now().toISOString(), incidentId: lease.incidentId, actor: 'runner', event, detail }, lease);
  }

  function requestDrain(): void {
    for (const run of active) run.control.requestDrain('the process stops');
  }

  let running: Promise<void> = Promise.resolve();
  let renewing: Promise<void> = Promise.resolve();
  return {
    start() {
      running = loop();
      renewing = leases.keep(over.signal);
    },
    wake() {
      nap.abort();
    },
    async drain(deadlineMs) {
      stopping.abort();
      nap.abort();
      const deadline = new AbortController();
      const overdue = clock
        .sleep(deadlineMs, deadline.signal)
        .then(() => {
          for (const run of active) run.abort.abort();
        })
        .catch(() => undefined);
      requestDrain();
      await Promise.race([running, overdue]);
      // Those it was about to start.
      requestDrain();
      await Promise.all([...active].map((run) => run.done));
      deadline.abort();
      over.abort();
      await Promise.all([overdue, renewing]);
    },
  };
}

function checkpointOf(state: { config: { configurable?: Record<string, unknown> } }): string | undefined {
  const id: unknown = state.config.configurable?.checkpoint_id;
  return typeof id === 'string' ? id : undefined;
}
