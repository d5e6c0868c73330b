/** When watching an experiment is over. Pure: what was seen so far, and whether more is to be expected. */
import type { IncidentView } from '../../agent/api/contract.ts';
import type { Judgement } from './format/schema.ts';
import type { Look } from './played.ts';

export interface Seen {
  kind: Judgement['kind'];
  /** Milliseconds since the fault began. */
  elapsedMs: number;
  timeLimitMs: number;
  /** Every action of the method that is not in the background has been done. */
  isMethodDone: boolean;
  /** Null: there is no agent. */
  incidents: readonly Pick<IncidentView, 'status'>[] | null;
  /** Since the agent last wrote anything down. */
  quietMs: number;
  /** Since the fault began, of the cluster that is watched first. */
  looks: readonly Look[];
  /** Of the cluster of the restarter; undefined where there is none. */
  restarterLooks: readonly Look[] | undefined;
  /** A second of the experiment's file here. */
  secondMs: number;
}

/** So many good looks in a row end an outage. */
const steadyLooks = 4;
/** Seconds without a word of the agent after its last incident was closed. */
const quietSeconds = 6;
/** The same where users still feel it: another alert may still bring it to act. */
const patientSeconds = 15;

export function isOver(seen: Seen): boolean {
  const { kind, elapsedMs, timeLimitMs, incidents, quietMs, secondMs } = seen;
  if (elapsedMs >= timeLimitMs) return true;
  if (!seen.isMethodDone || incidents === null || incidents.length === 0) return false;
  if (incidents.some(({ status }) => status !== 'closed')) return false;
  const isWell = areSteady(seen.looks);
  switch (kind) {
    case 'curable':
      return isWell ? isRestarterJudged(seen) : quietMs >= patientSeconds * secondMs;
    case 'incurable':
      return quietMs >= quietSeconds * secondMs;
    case 'control':
      return isWell && quietMs >= quietSeconds * secondMs;
  }
}

/** "At most half of the time of a restart" can be said once the restart has had twice the time. */
function isRestarterJudged({ looks, restarterLooks, elapsedMs }: Seen): boolean {
  if (restarterLooks === undefined || areSteady(restarterLooks)) return true;
  return elapsedMs >= 2 * recoveredAfterMs(looks, elapsedMs);
}

/** From the fault to the first of the good looks that ended it. */
function recoveredAfterMs(looks: readonly Look[], elapsedMs: number): number {
  const lastBad = looks.findLastIndex(({ isSteady }) => isSteady !== true);
  const [newest, good] = [looks.at(-1), looks[lastBad + 1]];
  return newest && good ? elapsedMs - (newest.at - good.at) : elapsedMs;
}

export function areSteady(looks: readonly Look[]): boolean {
  return looks.length >= steadyLooks && looks.slice(-steadyLooks).every(({ isSteady }) => isSteady === true);
}
