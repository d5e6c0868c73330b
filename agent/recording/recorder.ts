/**
 * Records runs: stands between the nodes and their ports, and keeps what each node was told with what it answered. What it cannot keep is not
 * kept, and the run goes on. Runs of many incidents share the ports; whose call it is, is known by the context the node runs in.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { Action } from '../action/action.ts';
import type { Resource } from '../domain/alert.ts';
import { withoutSecretsIn } from '../domain/secret-text.ts';
import type { EvidenceSource } from '../evidence/source.ts';
import type { NodeDependencies } from '../graph/dependencies.ts';
import { isFault, type PolicyInForce } from '../policy/in-force.ts';
import { actionCalls, type CallTable, calls, keyOf, questionKey } from './calls.ts';
import type { Recording, StepAt } from './recording.ts';
import type { RecordingPart, RecordingStore } from './store.ts';
import { Tape } from './tape.ts';

/** What a node works with, but the ledger: that is made over the recorded ports. */
export type Recordable = Omit<NodeDependencies, 'ledger' | 'recording'>;

/** What else decided, beside the ports and the policy. */
export interface RecordedSettings extends Pick<NodeDependencies, 'diagnosis' | 'verification' | 'run'> {
  /** Of the actions, by plug-in. */
  action: Record<string, unknown>;
  /** Whether the agent may write to GitHub: some actions exist only then. */
  github: boolean;
  /** The service the agent runs in, which no policy lets it change. */
  own: Resource | null;
  /** Ids, in order. */
  sources: string[];
  catalog: string[];
}

export interface RecorderDeps {
  store: RecordingStore;
  /** Of the process, where the ports do not tell. */
  settings: Pick<RecordedSettings, 'action' | 'github' | 'own'>;
}

/** Of one node that runs. */
interface Context {
  tape: Tape;
  /** Every policy it was judged by, by hash. */
  policies: Map<string, string>;
  /** Hash of the last one. */
  policy: string | null;
}

/** One step may tell so much, characters; the largest ones are verifications that look at a large cluster for long. */
const mostStepCharacters = 4_194_304;

/** The same ports, recorded: a node that is run with their `recording` leaves a step in the store. */
export function recorded<Ports extends Recordable>(ports: Ports, { store, settings: own }: RecorderDeps): Ports & { recording: Recording } {
  const tapes = new AsyncLocalStorage<Context>();
  const { diagnosis, verification, run, logger } = ports;
  const sources = ports.sources.map(({ id }) => id);
  const catalog = ports.catalog.map(({ id }) => id);
  /** It is read many times in a step and hardly ever another one. */
  let lastPolicy: { text: string; part: RecordingPart } = { text: '', part: { hash: '', body: '' } };
  const settings = partOf({ diagnosis, verification, run, sources, catalog, ...own } satisfies RecordedSettings);

  /** Outside of a node nobody records. */
  function taped<Answer>(call: string, key: string, make: () => Answer): Answer {
    const at = tapes.getStore();
    return at ? at.tape.call(call, key, make) : make();
  }

  function noted<Port extends object>(name: string, port: Port, table: CallTable): Port {
    return over(port, table, (method, key, make) => taped(`${name}.${method}`, key, make));
  }

  function noteSource(source: EvidenceSource): EvidenceSource {
    return {
      id: source.id,
      ask(question, signal) {
        const at = tapes.getStore();
        const make = () => source.ask(question, signal);
        return at ? at.tape.ask(source.id, questionKey(question), make, signal) : make();
      },
    };
  }

  function policy(): PolicyInForce {
    const inForce = ports.policy();
    const at = tapes.getStore();
    if (!at) return inForce;
    const text = JSON.stringify(inForce);
    if (text !== lastPolicy.text) lastPolicy = { text, part: partOf(withoutTokens(inForce)) };
    const { hash, body } = lastPolicy.part;
    // One that stays is noted once.
    if (at.policy !== hash) at.tape.call('policy', hash, () => undefined);
    at.policy = hash;
    at.policies.set(hash, body);
    return inForce;
  }

  async function step<Update>(at: StepAt, work: () => Promise<Update>): Promise<Update> {
    const context: Context = { tape: new Tape(mostStepCharacters), policies: new Map(), policy: null };
    const update = await tapes.run(context, work);
    try {
      const body = context.tape.end(update);
      const parts = [settings, ...[...context.policies].map(([hash, text]) => ({ hash, body: text }))];
      const { step: number, node, fence } = at;
      await store.keep({ step: number, node, settings: settings.hash, body: body && JSON.stringify(body), parts }, fence);
    } catch (error) {
      logger.warn({ err: error, incidentId: at.fence.incidentId, node: at.node }, 'a step could not be recorded; the run goes on');
    }
    return update;
  }

  const { clock, evidence, narrations } = ports;
  return {
    ...ports,
    clock: {
      now() {
        const now = clock.now();
        tapes.getStore()?.tape.time(now.getTime());
        return now;
      },
      monotonicMs: () => clock.monotonicMs(),
      sleep: (ms, signal) => taped('clock.sleep', '', () => clock.sleep(ms, signal)),
    },
    newId: () => taped('newId', '', ports.newId),
    incidents: noted('incidents', ports.incidents, calls.incidents),
    actions: noted('actions', ports.actions, calls.actions),
    approvals: noted('approvals', ports.approvals, calls.approvals),
    records: noted('records', ports.records, calls.records),
    inventory: noted('inventory', ports.inventory, calls.inventory),
    killSwitch: noted('killSwitch', ports.killSwitch, calls.killSwitch),
    adviser: noted('adviser', ports.adviser, calls.adviser),
    ...(narrations ? { narrations: noted('narrations', narrations, calls.narrations) } : {}),
    catalog: ports.catalog.map((action): Action => noted(`action.${action.id}`, action, actionCalls)),
    sources: ports.sources.map(noteSource),
    rights: (rights, signal) => taped('rights', '', () => ports.rights(rights, signal)),
    evidence: {
      ...evidence,
      async save(fence, answers) {
        await evidence.save(fence, answers);
        tapes.getStore()?.tape.kept(answers);
      },
    },
    policy,
    recording: { step },
  };
}

/** The port with those of its methods in other hands that the table names. */
function over<Port extends object>(
  port: Port,
  table: CallTable,
  hand: (method: string, key: string, make: () => unknown) => unknown,
): Port {
  // A copy, for of a frozen port a proxy would have to show every property as it is.
  return new Proxy(
    { ...port },
    {
      get(_, name) {
        const method: unknown = Reflect.get(port, name, port);
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => {
          const make = () => Reflect.apply(method, port, args) as unknown;
          return typeof name === 'string' && Object.hasOwn(table, name) ? hand(name, keyOf(table, name, args), make) : make();
        };
      },
    },
  );
}

function partOf(value: unknown): RecordingPart {
  const body = JSON.stringify(withoutSecretsIn(value));
  return { hash: createHash('sha256').update(body).digest('hex'), body };
}

/** Who may answer is recorded; by which token they show who they are is not. */
function withoutTokens(policy: PolicyInForce): PolicyInForce {
  if (isFault(policy)) return policy;
  const people = Object.entries(policy.approval.people).map(([name, { tokenSha256: _, ...person }]) => [name, person]);
  return { ...policy, approval: { ...policy.approval, people: Object.fromEntries(people) as typeof policy.approval.people } };
}
