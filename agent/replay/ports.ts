/** What the nodes of a replay work with: the real rules, catalogue and ledger, over answers that were recorded. Nothing here reaches anything outside. */
import type { Action, Effect } from '../action/action.ts';
import type { ActionStore } from '../action/action-store.ts';
import { createLedger } from '../action/ledger.ts';
import type { ApprovalRequest, ApprovalStore, NewApproval } from '../approval/store.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Clock } from '../domain/clock.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { IncidentOutcome } from '../domain/incident.ts';
import type { NotPossible, Outcome, Plan } from '../domain/plan.ts';
import { withoutSecretsIn } from '../domain/secret-text.ts';
import type { EvidenceAnswer, EvidenceSource } from '../evidence/source.ts';
import type { NodeDependencies } from '../graph/dependencies.ts';
import type { IncidentStore } from '../incident/store.ts';
import type { Advice, Adviser, Investigation } from '../llm/adviser.ts';
import type { PolicyInForce } from '../policy/in-force.ts';
import { actionCalls, type CallTable, calls, keyOf, questionKey } from '../recording/calls.ts';
import type { RecordedSettings } from '../recording/recorder.ts';
import type { StepAt } from '../recording/recording.ts';
import type { TapedAnswer } from '../recording/tape.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { RunMetrics } from '../telemetry/metrics.ts';
import { type Bundle, evidenceIn } from './bundle.ts';
import { answerOf, NotRecorded, type Playback } from './playback.ts';
import { createReplayedActions } from './replayed-actions.ts';

/** What a replay leaves behind. */
export interface Told {
  steps: { node: string; update: Record<string, unknown> }[];
  closed: { outcome: IncidentOutcome; reason: string } | null;
  /** The last question to a person. */
  asked: NewApproval | null;
}

export interface ReplayParts {
  bundle: Bundle;
  playback: Playback;
  settings: RecordedSettings;
  /** The real catalogue as it was set up; its looks at the world are never made. */
  catalog: readonly Action[];
  policy: (hash: string | undefined) => PolicyInForce;
}

/** Of calls that the recording holds nowhere. */
const otherwise: Readonly<Record<string, unknown>> = {
  'killSwitch.isOn': false,
  'inventory.services': null,
  'incidents.labelled': [],
  'incidents.troubledServices': [],
  'incidents.alarmsSince': [],
  'records.of': [],
  'narrations.ofIncident': [],
  'actions.changesSince': [],
  'approvals.pending': [],
  'approvals.ofIncident': [],
};

export function replayedPorts({ bundle, playback, settings, catalog, policy }: ReplayParts): { deps: NodeDependencies; told: Told } {
  const told: Told = { steps: [], closed: null, asked: null };
  const kept = evidenceIn(bundle);
  const clock: Clock = { now: () => playback.now(), monotonicMs: () => 0, sleep: (ms, signal) => playback.sleep(ms, signal) };
  const logger = createLogger('silent');
  const actions: ActionStore = createReplayedActions(playback, steadyPort<ActionStore>(playback, 'actions', calls.actions));
  const ignored = async () => undefined;
  const { diagnosis, verification, run } = settings;
  const deps: NodeDependencies = {
    diagnosis,
    verification,
    run,
    clock,
    logger,
    metrics: unmeasured,
    newId: () => String(playback.take('newId', '')?.answer ?? `unrecorded-${told.steps.length}`),
    incidents: {
      ...steadyPort<IncidentStore>(playback, 'incidents', calls.incidents),
      async close(outcome, reason) {
        told.closed = { outcome, reason };
      },
    },
    evidence: replayedEvidence(kept),
    actions,
    approvals: replayedApprovals(playback, told),
    records: steadyPort(playback, 'records', calls.records),
    shadows: { keep: ignored, claimDue: async () => [], followOn: ignored, settle: ignored, list: async () => [] },
    narrations: steadyPort(playback, 'narrations', calls.narrations),
    trail: { append: ignored, list: async () => [], verify: async () => ({ rows: 0, brokenAt: null }) },
    inventory: steadyPort(playback, 'inventory', calls.inventory),
    killSwitch: steadyPort(playback, 'killSwitch', calls.killSwitch),
    sources: settings.sources.map((id) => replayedSource(playback, id, kept)),
    catalog: catalog.map((action) => replayedAction(playback, action)),
    rights: async () =>
      playback.steady('rights', '', { kind: 'unknown', reason: 'the recording does not say' }) as Awaited<
        ReturnType<NodeDependencies['rights']>
      >,
    ledger: createLedger({ store: actions, clock, logger }),
    adviser: replayedAdviser(playback),
    policy: () => policy(playback.policy()),
    recording: {
      async step<Update>({ node }: StepAt, work: () => Promise<Update>): Promise<Update> {
        playback.enter(node);
        const update = await work().catch((error) => {
          playback.leave(node);
          throw error;
        });
        // As the recording has it: plain JSON, without secrets.
        told.steps.push({ node, update: JSON.parse(JSON.stringify(withoutSecretsIn(update))) as Record<string, unknown> });
        return update;
      },
    },
  };
  return { deps, told };
}

/** Reads of what others did and know. */
function steadyPort<Port extends object>(playback: Playback, port: string, table: CallTable): Port {
  const methods = Object.keys(table).map((method) => {
    const call = `${port}.${method}`;
    return [method, async (...args: unknown[]) => playback.steady(call, keyOf(table, method, args), otherwise[call])];
  });
  return Object.fromEntries(methods) as Port;
}

/** What the bundle holds, and what the replay saves. */
function replayedEvidence(kept: ReadonlyMap<string, Evidence>): NodeDependencies['evidence'] {
  const known = new Map(kept);
  return {
    async save(_fence, evidence) {
      for (const one of evidence) known.set(one.id, one);
    },
    get: async (ids) => ids.flatMap((id) => known.get(id) ?? []),
    list: async () => [...known.values()],
  };
}

function replayedSource(playback: Playback, id: string, kept: ReadonlyMap<string, Evidence>): EvidenceSource {
  return {
    id,
    async ask(question, signal): Promise<EvidenceAnswer> {
      const about = question.focus.join(', ');
      const entry = playback.only(`sources.${id}`, questionKey(question), `${id} was not asked about ${about} at this point`);
      const answer = answerOf(entry) as TapedAnswer | undefined;
      // It never answered, or too late: the deadline of whoever asked passes again.
      if (answer === undefined) return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      if (!('evidence' in answer)) return { ...answer, facts: playback.facts(answer.facts) };
      const {
        status,
        question: words,
        detail,
        cost,
        facts,
      } = kept.get(answer.evidence) ?? playback.stop(`there was no room for what ${id} answered about ${about}`);
      return { status, question: words, detail, facts, ...(cost === undefined ? {} : { cost }) };
    },
  };
}

/** What an action works out by itself it works out; what it looks at or does is answered by the recording. */
function replayedAction(playback: Playback, action: Action): Action {
  const only = (method: keyof typeof actionCalls, args: readonly unknown[], question: string) =>
    answerOf(playback.only(`action.${action.id}.${method}`, keyOf(actionCalls, method, args), question));
  const looked = async (method: 'look' | 'lookUndone', plan: Plan) =>
    only(method, [], `nobody looked whether "${plan.summary}" is in effect at this point`) as Outcome;
  const made = async (method: 'execute' | 'undo', plan: Plan) => {
    const what = method === 'undo' ? `"${plan.summary}" would have been put back` : `"${plan.summary}" would have been carried out`;
    return only(method, [], `${what}; what would have come of it nobody knows`) as Outcome;
  };
  const { isOffered } = action;
  const replayed: Action = {
    ...action,
    ...(isOffered && { isOffered: () => Boolean(playback.steady(`action.${action.id}.isOffered`, '', false)) }),
    plan: async (params) =>
      only('plan', [params], `${action.id} was not planned with these parameters: ${canonicalJson(params)}`) as Plan | NotPossible,
    execute: (plan: Plan, _effect: Effect) => made('execute', plan),
    look: (plan) => looked('look', plan),
  };
  if (!action.undo) return replayed;
  return { ...replayed, undo: (plan) => made('undo', plan), lookUndone: (plan) => looked('lookUndone', plan) };
}

/** The same request gets the answer it got; how it is pinned follows from the plan and the claim of this replay. */
function replayedApprovals(playback: Playback, told: Told): ApprovalStore {
  const read = steadyPort<ApprovalStore>(playback, 'approvals', calls.approvals);
  const pinned = (request: ApprovalRequest | undefined): ApprovalRequest | undefined => request && { ...request, ...told.asked };
  return {
    ...read,
    async ask(request) {
      told.asked = request;
      const entry = playback.take('approvals.ask', '');
      const unanswered = { askedAt: playback.at(), answer: null, answeredBy: null, answeredAt: null, narrowedPlan: null, usedBy: null };
      const recorded = entry && (answerOf(entry) as ApprovalRequest);
      return { id: 'unrecorded', ...unanswered, ...recorded, ...request };
    },
    answer: async () => undefined,
    get: async (id) => pinned((await read.get(id)) ?? undefined),
    use: async (id, change, fence) => (await read.use(id, change, fence)) ?? true,
  };
}

function replayedAdviser(playback: Playback): Adviser {
  const advice = <Value>(method: 'ask' | 'investigate', purpose: string) =>
    answerOf(playback.only(`adviser.${method}`, purpose, `a model would have been asked: ${purpose}`)) as Advice<Value>;
  return {
    isOn: (role) => Boolean(playback.steady('adviser.isOn', role, false)),
    ask: async ({ purpose }) => advice('ask', purpose),
    async investigate<Value>({ purpose, tools, signal }: Investigation<Value>) {
      const answer = advice<Value>('investigate', purpose);
      // What it ordered is looked at again: what was found then can be cited.
      for (const { tool: name, params } of answer.looks) {
        await tools
          .find((tool) => tool.name === name)
          ?.read(params, signal)
          .catch(endsReplay);
      }
      return answer;
    },
  };
}

/** A look that failed is an answer, too. */
function endsReplay(error: unknown): void {
  if (error instanceof NotRecorded) throw error;
}

const nothing = { inc: () => undefined, set: () => undefined, startTimer: () => () => 0 };

/** A replay is no run of the agent: it counts nowhere. */
const unmeasured = {
  nodeSeconds: nothing,
  verdicts: nothing,
  actions: nothing,
  outcomes: nothing,
  shadows: nothing,
  secondOpinions: nothing,
  investigations: nothing,
  lastRun: nothing,
} as unknown as RunMetrics;
