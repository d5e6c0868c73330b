/**
 * Follows plans that were kept and not carried out, until it is known what happened without them. Reads only; what it has seen so far lies in
 * the store, so that a restart or another replica goes on from there. It knows nothing of levels: what a result is worth is for the replay.
 */
import type { Action } from '../action/action.ts';
import { resourceKey } from '../domain/alert.ts';
import type { Incident } from '../domain/incident.ts';
import type { Outcome } from '../domain/plan.ts';
import { collectEvidence } from '../evidence/collect.ts';
import type { NodeDependencies } from '../graph/dependencies.ts';
import { calleesOf, questionFor, samplesOf } from '../graph/facts.ts';
import { withSymptomsSeen } from '../graph/symptoms.ts';
import { isFault } from '../policy/in-force.ts';
import { judgeRecovery } from '../verification/judge-recovery.ts';
import type { RecoveryJudgement, Sample } from '../verification/sample.ts';
import { compare } from './compare.ts';
import type { Shadow } from './store.ts';

type Stores = 'incidents' | 'actions' | 'shadows';
type World = 'clock' | 'sources' | 'turns' | 'catalog';
export type FollowUpDeps = Pick<NodeDependencies, Stores | World | 'policy' | 'verification' | 'run' | 'logger' | 'metrics' | 'newId'>;

export interface FollowUpSettings {
  /** Pause between two looks at one plan. */
  everyMs: number;
  /** How long a plan is followed. */
  forMs: number;
}

export interface FollowUp {
  start(): void;
  /** One round: a look at every plan that is due. */
  look(): Promise<void>;
  stop(): Promise<void>;
}

/** Claimed at once: what a stopping process has claimed and not looked at waits for its next turn. */
const atOnce = 5;
const pollMs = 30_000;

export function createFollowUp(deps: FollowUpDeps, settings: FollowUpSettings): FollowUp {
  const { clock, logger, shadows } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  /** A good run is counted back from the last look: so old may the first one be that it needs. */
  const looksKeptMs = deps.verification.holdSeconds * 1000 + (deps.verification.minSamples + 1) * settings.everyMs;
  let running: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    while (!signal.aborted) {
      const due = await shadows.claimDue(settings.everyMs, atOnce);
      for (const shadow of due) {
        if (signal.aborted) return;
        await follow(shadow).catch((error) => failed(shadow, error));
      }
      if (due.length < atOnce) return;
    }
  }

  async function follow(shadow: Shadow): Promise<void> {
    const { seq, plan, incidentId, keptAt } = shadow;
    const incident = await deps.incidents.get(incidentId);
    const action = deps.catalog.find(({ id }) => id === plan.action);
    if (!incident || !action) return settle(shadow, { result: 'not-known', detail: `${plan.action} is not in the catalogue any more` });
    const effect = await effectOf(action, shadow);
    const { looks, recovery } = await lookOnce(incident, shadow);
    const target = resourceKey(plan.target);
    const changedByUs = (await deps.actions.changesSince(keptAt)).some((change) => change.target === target);
    const answer = compare({ effect, recovery, changedByUs, isOver: isOver(shadow) });
    if (answer) await settle(shadow, answer);
    else await shadows.followOn(seq, looks);
  }

  /** One that can never be followed is not tried for ever. */
  async function failed(shadow: Shadow, error: unknown): Promise<void> {
    if (signal.aborted) return;
    logger.warn({ err: error, shadow: shadow.seq }, 'a shadow could not be followed; tried again while there is time');
    if (isOver(shadow)) await settle(shadow, { result: 'not-known', detail: `it could not be followed: ${textOf(error)}` });
  }

  function isOver({ keptAt }: Shadow): boolean {
    return !(clock.now().getTime() - Date.parse(keptAt) < settings.forMs);
  }

  async function settle({ seq, plan, incidentId }: Shadow, { result, detail }: NonNullable<ReturnType<typeof compare>>): Promise<void> {
    await shadows.settle(seq, result, detail);
    deps.metrics.shadows.inc({ action: plan.action, result });
    logger.info({ shadow: seq, incidentId, action: plan.action, result, reason: detail }, 'shadow settled');
  }

  async function effectOf(action: Action, { plan }: Shadow): Promise<Outcome> {
    try {
      return await action.look(plan, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { applied: 'unknown', detail: textOf(error) };
    }
  }

  async function lookOnce(incident: Incident, shadow: Shadow): Promise<{ looks: Sample[]; recovery: RecoveryJudgement }> {
    const { plan, before, neighbours, keptAt } = shadow;
    const target = plan.target.service;
    const service = incident.resource.service;
    const focus = [...new Set([service, target])];
    const policy = deps.policy();
    const sources = isFault(policy) ? deps.sources : deps.sources.filter(({ id }) => policy.requiredSources.includes(id));
    const options = { deadlineMs: deps.run.evidenceDeadlineMs, clock, newId: deps.newId, signal };
    const ask = async () => {
      const now = clock.now();
      return { now, evidence: await collectEvidence(sources, questionFor(incident, focus, now, deps.run, 'verification'), options) };
    };
    const { now, evidence } = await (deps.turns ? deps.turns.take(ask, signal) : ask());
    const services = withSymptomsSeen(samplesOf(evidence, [...new Set([...focus, ...neighbours])]), evidence, before);
    const sample = { at: now.toISOString(), services, alarms: [] };
    const looks = [...shadow.looks, sample].filter(({ at }) => now.getTime() - Date.parse(at) <= looksKeptMs);
    const input = {
      step: null,
      desiredAfter: null,
      shareOfCapacity: 0,
      needsProof: true,
      // Its incident is closed: what becomes of its alerts is not written there any more.
      isAlertOver: false,
      standing: [],
      service,
      target,
      before,
      neighbours,
      callees: calleesOf(evidence, target),
      samples: looks,
      decidedAt: keptAt,
    };
    // Looks lie further apart here than the hold is long: bad ones end nothing before its time, and the deadline of so few is doubled.
    const limits = { ...deps.verification, deadlineSeconds: settings.forMs / 2000, graceSeconds: settings.forMs / 1000 };
    return { looks, recovery: judgeRecovery({ ...input, now: clock.now().toISOString() }, limits) };
  }

  async function rounds(): Promise<void> {
    while (!signal.aborted) {
      await look().catch((error) => {
        if (!signal.aborted) logger.warn({ err: error }, 'shadows could not be read; tried again later');
      });
      await clock.sleep(pollMs, signal).catch(() => undefined);
    }
  }

  return {
    look,
    start() {
      running = rounds();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
