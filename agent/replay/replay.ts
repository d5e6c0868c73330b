/**
 * Plays a recorded run again: the real graph, nodes, rules, gates and ledger, over what the run was told, by the clock of that time; and holds
 * what is decided against what was decided then. Nothing is asked and nothing is done outside.
 */
import { Command, INTERRUPT, isInterrupted, MemorySaver } from '@langchain/langgraph';
import type { Action } from '../action/action.ts';
import { claimHash } from '../approval/pins.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import { InputError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import { withoutSecretsIn } from '../domain/secret-text.ts';
import { buildGraph, type IncidentGraph } from '../graph/graph.ts';
import { type Approval, initialState } from '../graph/state.ts';
import type { Hold } from '../incident/lease.ts';
import { type PolicyInForce, protecting } from '../policy/in-force.ts';
import type { PolicySettings } from '../policy/request.ts';
import type { RecordedSettings } from '../recording/recorder.ts';
import { plainJson } from '../storage/plain-json.ts';
import type { Bundle } from './bundle.ts';
import { type Difference, decisionsOf, differencesOf } from './decisions.ts';
import { Playback } from './playback.ts';
import { replayedPorts, type Told } from './ports.ts';
import { recordedPolicy, recordedSettings } from './recorded-settings.ts';

export interface ReplayOptions {
  /** Judges in the place of the one that was in force. */
  policy?: PolicySettings;
  /** The catalogue by its recorded settings. */
  catalogOf: CatalogOf;
}

export type CatalogOf = (settings: Pick<RecordedSettings, 'action' | 'github'>) => readonly Action[];

export interface PlayedStep {
  node: string;
  /** Number of the recorded step it is held against; null when the run did not come here then. */
  recorded: number | null;
  differences: Difference[];
}

export interface Replay {
  incident: Pick<Bundle['incident'], 'id' | 'alertName' | 'resource'>;
  /** Whether another policy judged than the one that was in force. */
  isOtherPolicy: boolean;
  /** Every recorded step was played, and each decision is the one that was recorded. */
  isSame: boolean;
  steps: PlayedStep[];
  /** Steps there are in the recording. */
  recordedSteps: number;
  /** How the incident ended; null for one that had not ended, or where the replay did not come to an end. */
  ended: { was: string | null; would: string | null };
  /** Why the replay could not go on; null when it came to an end. */
  stopped: string | null;
  /** What was not recorded where it was asked, and taken to be as it was at another time. */
  assumed: string[];
}

export async function replay(bundle: Bundle, { policy, catalogOf }: ReplayOptions): Promise<Replay> {
  if (bundle.steps.length === 0) {
    throw new InputError('BUNDLE_INVALID', 'the bundle cannot be played: nothing of this run was recorded', {
      hint: 'KINTSUGI_RECORDING_INCIDENT_CHARACTERS must be above 0 while the incident is worked on',
    });
  }
  const playback = new Playback(bundle);
  const settings = recordedSettings(bundle);
  if (new Set(bundle.steps.map((step) => step.settings)).size > 1) {
    playback.assumed.add('settings of the agent: they changed during the run, and those of its first step are used');
  }
  const judgedBy = (hash: string | undefined): PolicyInForce =>
    policy ? protecting(settings.own, () => policy)() : recordedPolicy(bundle, hash);
  const { deps, told } = replayedPorts({ bundle, playback, settings, catalog: catalogOf(settings), policy: judgedBy });
  const graph = buildGraph(deps, new MemorySaver(plainJson));
  const failed = await drive(graph, bundle, playback, told).then(
    () => null,
    (error: unknown) => playback.stopped ?? `the run failed: ${error instanceof Error ? error.message : String(error)}`,
  );
  return resultOf(bundle, told, { isOtherPolicy: policy !== undefined, stopped: failed, assumed: [...playback.assumed] });
}

async function drive(graph: IncidentGraph, bundle: Bundle, playback: Playback, told: Told): Promise<void> {
  const incidentId = IncidentId.parse(bundle.incident.id);
  const lease: Hold = { incidentId, fencingToken: 1, leftMs: () => Number.POSITIVE_INFINITY, renew: async () => undefined };
  let input: Parameters<IncidentGraph['invoke']>[0] = initialState(incidentId);
  for (let asked = 0; ; asked += 1) {
    const config = { configurable: { thread_id: incidentId, lease }, signal: playback.signal, recursionLimit: 60 };
    const result = await graph.invoke(input, config);
    if (!isInterrupted(result)) return;
    const question = result[INTERRUPT][0];
    input = new Command({ resume: { [String(question?.id)]: answerOf(bundle, playback, told, asked) } });
  }
}

/** What the person said then, when they were asked the same. */
function answerOf(bundle: Bundle, playback: Playback, { asked }: Told, at: number): Approval {
  const answered = playback.recorded('approval', at)?.update.answered as Approval | undefined;
  const request = bundle.approvals.find(({ id }) => id === answered?.id) as { plan?: Plan; claimHash?: string } | undefined;
  const about = asked?.plan.summary ?? 'a plan';
  if (!answered || !request?.plan || !asked)
    return playback.stop(`a person would be asked about "${about}"; what they would say nobody knows`);
  const isSame = pinOf(request.plan) === pinOf(withoutSecretsIn(asked.plan)) && request.claimHash === claimHash(asked.hypothesis);
  return isSame ? answered : playback.stop(`a person would be asked about "${about}", and was asked about something else`);
}

/** What a yes is about: the words of the plan are not. */
function pinOf({ action, target, params }: Plan): string {
  return canonicalJson({ action, target, params });
}

function resultOf(bundle: Bundle, { steps, closed }: Told, rest: Pick<Replay, 'isOtherPolicy' | 'stopped' | 'assumed'>): Replay {
  const visits = new Map<string, number>();
  const played = steps.map(({ node, update }): PlayedStep => {
    const visit = visits.get(node) ?? 0;
    visits.set(node, visit + 1);
    const recorded = bundle.steps.filter((step) => step.node === node)[visit];
    const was = recorded ? decisionsOf(node, recorded.update) : [];
    return { node, recorded: recorded?.step ?? null, differences: differencesOf(was, decisionsOf(node, update)) };
  });
  const { id, alertName, resource, outcome } = bundle.incident;
  const ended = { was: outcome, would: closed?.outcome ?? null };
  const isPlayed = bundle.steps.every(({ step }) => played.some(({ recorded }) => recorded === step));
  const isDecidedAlike = played.every((step) => step.recorded !== null && step.differences.every(({ isWording }) => isWording));
  return {
    incident: { id, alertName, resource },
    isSame: isPlayed && isDecidedAlike && (closed === null || ended.was === ended.would),
    steps: played,
    recordedSteps: bundle.steps.length,
    ended,
    ...rest,
  };
}
