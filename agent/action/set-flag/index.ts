/**
 * Sets one flag to the value the settings name, in AppConfig or in a document of flagd on S3. It changes that value and nothing else of the
 * document, and takes it back only while nobody has changed the document since.
 */
import type { NotPossible, Outcome, Plan } from '../../domain/plan.ts';
import type { Action } from '../action.ts';
import { causesOf, entryFor, entryNamed } from '../allow-list.ts';
import { unreadable } from '../aws/call.ts';
import type { AwsClients } from '../aws/clients.ts';
import { compareAndSet, type EcsService, movedSince, readService, snapshotOf } from '../ecs/service.ts';
import { checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { createAppConfigStore, markerPrefix } from './appconfig.ts';
import { sha256Of, valueIn, withValue } from './document.ts';
import { createS3Store } from './s3.ts';
import { Config, type FlagSetting, type FlagValue, Params, Snapshot } from './schema.ts';
import type { Current, FlagStore } from './store.ts';

export const setFlag: ActionPlugin<Config> = {
  id: 'set-flag',
  title: 'Set a feature flag to the value the settings name for the cause',
  config: Config,
  create,
};

function create({ flags, callTimeoutMs }: Config, { aws }: ActionDeps): Action<Params> | undefined {
  if (flags.length === 0) return undefined;
  const { reader } = aws.ecs;
  const call = (signal: AbortSignal) => ({ signal, timeoutMs: callTimeoutMs });

  /** Entry and place of a plan; the entry may have left the settings since. */
  function known(params: Params): { entry: FlagSetting; store: FlagStore } | NotPossible {
    const entry = entryNamed(flags, params.entry, params);
    return 'notPossible' in entry ? entry : { entry, store: storeOf(entry, aws, callTimeoutMs) };
  }

  async function lookFor(plan: Plan, signal: AbortSignal, wanted: (entry: FlagSetting, snapshot: Snapshot) => FlagValue): Promise<Outcome> {
    const at = known(Params.parse(plan.params));
    if ('notPossible' in at) return { applied: 'unknown', detail: at.notPossible };
    try {
      const text = await at.store.inForce(signal);
      if (typeof text !== 'string') return { applied: 'no', detail: text.notPossible };
      const found = valueIn(at.store.format, text, at.entry.flag);
      if ('notPossible' in found) return { applied: 'no', detail: found.notPossible };
      const isSet = found.value === wanted(at.entry, Snapshot.parse(plan.snapshot));
      return { applied: isSet ? 'yes' : 'no', detail: `flag ${at.entry.flag} is ${found.value}` };
    } catch (error) {
      return unreadable(error, 'unknown', signal);
    }
  }

  return {
    id: setFlag.id,
    title: setFlag.title,
    cures: causesOf(flags),
    params: Params,

    propose(hypothesis, target) {
      const entry = entryFor(flags, hypothesis, target);
      return 'notPossible' in entry ? entry : { cluster: target.cluster, service: target.service, entry: entry.name };
    },

    async plan(params, signal) {
      const checked = checkParams(Params, params);
      if ('notPossible' in checked) return checked;
      const at = known(checked.ok);
      if ('notPossible' in at) return at;
      const view = await readService(reader, checked.ok, call(signal));
      if ('notPossible' in view) return view;
      const current = await at.store.read(signal);
      return 'notPossible' in current ? current : planFor(checked.ok, at, view, current);
    },

    async execute(plan, effect) {
      const params = Params.parse(plan.params);
      const snapshot = Snapshot.parse(plan.snapshot);
      const at = known(params);
      if ('notPossible' in at) return { applied: 'no', detail: at.notPossible };
      const { entry, store } = at;
      let change: () => Promise<Outcome> = async () => ({ applied: 'no', detail: 'the document was not read' });
      return compareAndSet(
        reader,
        params,
        call(effect.signal),
        async (view) => {
          const moved = movedSince(snapshot, view);
          if (moved) return moved;
          const current = await store.read(effect.signal);
          if ('notPossible' in current) return current.notPossible;
          const changed = store.movedSince(snapshot.pin, current, snapshot.marker);
          if (changed) return changed;
          const put = withValue(store.format, current.text, entry.flag, entry.value);
          if ('notPossible' in put) return put.notPossible;
          if (sha256Of(put.text) !== snapshot.changedHash) return `the settings of ${entry.name} are not those of the plan`;
          change = () => current.write(put.text, snapshot.marker, effect);
          return null;
        },
        () => change(),
      );
    },

    look: (plan, signal) => lookFor(plan, signal, (entry) => entry.value),

    async undo(plan, effect) {
      const at = known(Params.parse(plan.params));
      if ('notPossible' in at) return { applied: 'no', detail: at.notPossible };
      try {
        return await at.store.takeBack(at.entry.flag, Snapshot.parse(plan.snapshot), effect);
      } catch (error) {
        return unreadable(error, 'no', effect.signal);
      }
    },

    lookUndone: (plan, signal) => lookFor(plan, signal, (_entry, { before }) => before),

    rights(plan) {
      const at = known(Params.parse(plan.params));
      return 'notPossible' in at ? [] : at.store.rights(Snapshot.parse(plan.snapshot).serviceArn);
    },
  };
}

function storeOf({ at }: FlagSetting, aws: AwsClients, timeoutMs: number): FlagStore {
  return at.kind === 'appconfig' ? createAppConfigStore(at, aws, timeoutMs) : createS3Store(at, aws, timeoutMs);
}

function planFor(
  params: Params,
  { entry, store }: { entry: FlagSetting; store: FlagStore },
  view: EcsService,
  { text, pin }: Current,
): Plan | NotPossible {
  const { name, flag, value, services } = entry;
  const found = valueIn(store.format, text, flag);
  if ('notPossible' in found) return found;
  if (found.value === value) return { notPossible: `flag ${flag} is ${value} already` };
  const put = withValue(store.format, text, flag, value);
  if ('notPossible' in put) return put;
  const changedHash = sha256Of(put.text);
  const digest = sha256Of(JSON.stringify([params, snapshotOf(view), pin, changedHash]));
  const marker = `${markerPrefix}${setFlag.id} ${name} ${digest.slice(0, 16)}`;
  return {
    action: setFlag.id,
    target: { cluster: params.cluster, service: params.service },
    params,
    calls: store.calls(pin, marker),
    // A flag stops no task; whoever reads it is touched.
    blastRadius: { services: services.length, tasks: 0, shareOfCapacity: 0 },
    snapshot: { ...snapshotOf(view), before: found.value, pin, changedHash, marker } satisfies Snapshot,
    undo: { kind: 'restore', summary: `set flag ${flag} back to ${found.value}, unless somebody changed its document since` },
    summary: `set flag ${flag} from ${found.value} to ${value} for ${params.service}`,
  };
}
