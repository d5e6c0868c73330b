/** What all nodes share: the wrapper that times them and records failures, and the audit line. */
import { isGraphBubbleUp, type LangGraphRunnableConfig } from '@langchain/langgraph';
import type { AuditEvent } from '../../audit/trail.ts';
import { InvariantError } from '../../domain/errors.ts';
import { IncidentId } from '../../domain/ids.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Hold } from '../../incident/lease.ts';
import type { Fence } from '../../incident/store.ts';
import type { NodeDependencies } from '../dependencies.ts';
import type { IncidentState, IncidentUpdate } from '../state.ts';

export type NodeName = 'analyst' | 'auditor' | 'investigator' | 'decision' | 'approval' | 'remediation' | 'verification' | 'escalation';

/** What a node works under: when to stop, and the lease that its writes and its change are made with. */
export interface RunContext {
  signal: AbortSignal;
  lease: Hold;
}

type NodeBody = (state: IncidentState, run: RunContext) => Promise<IncidentUpdate>;

/** Times the body; an error leaves the run where it was, for the runner to retry or hand over. */
export function defineNode(deps: NodeDependencies, name: NodeName, body: NodeBody) {
  return async (state: IncidentState, config: LangGraphRunnableConfig): Promise<IncidentUpdate> => {
    const stop = deps.metrics.nodeSeconds.startTimer({ node: name });
    try {
      const run = { signal: config.signal ?? new AbortController().signal, lease: leaseOf(config) };
      const work = () => body(state, run);
      const step = stepOf(config);
      const { recording } = deps;
      const update = await (recording && step !== undefined ? recording.step({ node: name, step, fence: run.lease }, work) : work());
      stop({ result: 'ok' });
      return update;
    } catch (error) {
      stop({ result: isGraphBubbleUp(error) ? 'paused' : 'error' });
      throw error;
    }
  };
}

function leaseOf(config: LangGraphRunnableConfig): Hold {
  const lease = config.configurable?.lease as Hold | undefined;
  if (!lease) throw new InvariantError('a node runs without the lease of its incident');
  return lease;
}

/** Undefined outside of a graph: what has no place in a run is not recorded, and runs all the same. */
function stepOf({ metadata }: LangGraphRunnableConfig): number | undefined {
  const step = metadata?.langgraph_step;
  return typeof step === 'number' ? step : undefined;
}

/** One round of questions to the sources, when it is its turn: its clock and its deadline begin with the round, not with the wait. */
export function lookInTurn<T>(deps: NodeDependencies, look: (now: Date) => Promise<T>, signal: AbortSignal): Promise<T> {
  const round = () => look(deps.clock.now());
  return deps.turns ? deps.turns.take(round, signal) : round();
}

export async function loadIncident(deps: NodeDependencies, id: string): Promise<Incident> {
  const incident = await deps.incidents.get(IncidentId.parse(id));
  if (!incident) throw new InvariantError(`incident ${id} has a run but no row`);
  return incident;
}

export async function record(
  deps: NodeDependencies,
  lease: Fence,
  actor: NodeName,
  event: AuditEvent,
  detail: Record<string, unknown>,
): Promise<void> {
  await deps.trail.append({ at: deps.clock.now().toISOString(), incidentId: lease.incidentId, actor, event, detail }, lease);
}
