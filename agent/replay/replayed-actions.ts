/** The ledger's table of a replay: what was recorded of it, and where the run takes another way, what the replay itself has written. */
import type { ActionStore } from '../action/action-store.ts';
import type { ActionRecord } from '../domain/plan.ts';
import { answerOf, type Playback } from './playback.ts';

type Intended = Awaited<ReturnType<ActionStore['intend']>>;

/** `recorded` reads what others did. */
export function createReplayedActions(playback: Playback, recorded: ActionStore): ActionStore {
  const written = new Map<string, ActionRecord>();
  const change = (key: string, more: Partial<ActionRecord>) => {
    const record = written.get(key);
    if (record) written.set(key, { ...record, ...more });
  };
  return {
    async intend({ key, incidentId, step, plan }) {
      const entry = playback.take('actions.intend', key);
      const found = entry && (answerOf(entry) as Intended);
      // Behind all that is recorded: every change there was counts against one that was not made.
      const seq = Number.MAX_SAFE_INTEGER;
      const intendedAt = playback.at();
      const made: ActionRecord = {
        seq,
        key,
        incidentId,
        step,
        plan,
        status: 'intended',
        detail: '',
        intendedAt,
        finishedAt: null,
        verified: null,
      };
      const record = { ...made, ...found?.record, plan };
      written.set(key, record);
      return { created: found?.created ?? true, record };
    },
    async finish(key, status, detail) {
      change(key, { status, detail, finishedAt: playback.at() });
    },
    async judge(key, verified) {
      change(key, { verified });
    },
    async get(key) {
      const entry = playback.take('actions.get', key);
      return entry ? ((answerOf(entry) as ActionRecord | undefined) ?? undefined) : written.get(key);
    },
    async ofIncident(incidentId) {
      const entry = playback.take('actions.ofIncident', incidentId);
      return entry ? (answerOf(entry) as ActionRecord[]) : [...written.values()];
    },
    changesSince: (since) => recorded.changesSince(since),
  };
}
