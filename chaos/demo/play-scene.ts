/** Plays one scene: the fault in both clusters, the timeline as the agent records it, and the judgement from what happened in the world. */
import type { IncidentView } from '../../agent/api/contract.ts';
import type { Display } from '../stage/display.ts';
import { timelineLine } from '../stage/timeline.ts';
import { isWell, limits, type UserView } from '../stage/user-view.ts';
import type { Environment } from './environment.ts';
import { judgeScene } from './judge.ts';
import type { SceneResult } from './report.ts';
import type { Scene } from './scenes/scene.ts';

const pollMs = 500;
/** A scene that has not ended by then has failed. */
const timeLimitSeconds = 90;
/** So many good looks in a row end an outage. */
const steadyLooks = 4;

/** What users of one cluster felt, look by look. */
class Outage {
  #recoveredAt: number | null = null;
  #goodLooks = 0;
  felt = false;

  look(view: UserView, at: number): void {
    if (!isWell(view)) {
      this.felt = true;
      this.#goodLooks = 0;
      this.#recoveredAt = null;
      return;
    }
    if (this.#goodLooks === 0) this.#recoveredAt = at;
    this.#goodLooks += 1;
  }

  get isOver(): boolean {
    return this.#goodLooks >= steadyLooks;
  }

  /** Milliseconds since the epoch; null while users still feel it, or never did. */
  get recoveredAt(): number | null {
    return this.felt && this.isOver ? this.#recoveredAt : null;
  }
}

export async function playScene(scene: Scene, environment: Environment, display: Display, signal: AbortSignal): Promise<SceneResult> {
  display.headline(`Scene ${scene.number}: ${scene.title}`);
  const { api } = environment;
  const known = new Set((await api.incidents()).map((incident) => incident.id));
  let seq = (await api.auditAfter(0)).at(-1)?.seq ?? 0;
  const began = Date.now();
  const since = (at: number) => (at - began) / 1000;
  const [withAgent, without] = [new Outage(), new Outage()];
  let view: UserView = { errorRatio: null, latencyP95: null };
  let mine: IncidentView[] = [];
  const shown = new Set<string>();

  display.event(0, 'fault', scene.fault);
  display.waiting(() => `${since(Date.now()).toFixed(0)} s  ${feeling(view)}  ${openOnes(mine)}`);
  let failure: unknown;
  const injecting = Promise.all([scene.inject(environment.shop), scene.inject(environment.twin)]).catch((error: unknown) => {
    failure = error;
  });

  for (;;) {
    signal.throwIfAborted();
    if (failure !== undefined) throw new Error(`scene ${scene.number}: the fault could not be put in`, { cause: failure });
    const [seen, seenWithout] = await Promise.all([environment.userView('shop', scene.feltAt), environment.userView('twin', scene.feltAt)]);
    view = seen;
    withAgent.look(seen, Date.now());
    without.look(seenWithout, Date.now());
    mine = (await api.incidents()).filter((incident) => !known.has(incident.id)).toSorted((a, b) => a.openedAt.localeCompare(b.openedAt));
    for (const incident of mine) {
      if (shown.has(incident.id)) continue;
      shown.add(incident.id);
      display.event(
        since(Date.parse(incident.openedAt)),
        'alert',
        `${incident.alertName} on ${incident.resource.service} reached the agent`,
      );
    }
    for (const entry of await api.auditAfter(seq)) {
      seq = entry.seq;
      const incident = mine.find((one) => one.id === entry.incidentId);
      const line = incident && timelineLine(entry);
      if (line) display.event(since(Date.parse(entry.at)), line.who, `[${incident.resource.service}] ${line.text}`, line.because);
    }
    const closed = mine.length > 0 && mine.every((incident) => incident.status === 'closed');
    if (closed && withAgent.isOver) break;
    if (since(Date.now()) > timeLimitSeconds) break;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  await injecting;
  display.rest();
  return conclude(scene, environment, { began, mine, withAgent, without });
}

interface Played {
  began: number;
  mine: IncidentView[];
  withAgent: Outage;
  without: Outage;
}

async function conclude(scene: Scene, environment: Environment, played: Played): Promise<SceneResult> {
  const { began, mine, withAgent, without } = played;
  const ended = Date.now();
  const seconds = (at: number | null | undefined) => (at === null || at === undefined ? null : (at - began) / 1000);
  const changes = await environment.changesSince(began);
  const told = (await environment.api.alerts()).map((alert) => Date.parse(alert.receivedAt)).filter((at) => at >= began);
  const detectedAt = told.length > 0 ? Math.min(...told) : null;
  const actedAt = changes[0]?.at ?? null;
  return {
    number: scene.number,
    title: scene.title,
    fault: scene.fault,
    detectSeconds: seconds(detectedAt),
    actSeconds: seconds(actedAt),
    recoverSeconds: seconds(withAgent.recoveredAt),
    webhookToActionSeconds: actedAt !== null && detectedAt !== null ? (actedAt - detectedAt) / 1000 : null,
    changes: changes.map(({ at, operation, service }) => ({ operation, service, at: new Date(at).toISOString() })),
    ...judgeScene(scene, { changes, incidents: mine, usersWell: withAgent.isOver }),
    agentOff: { recoverSeconds: seconds(without.recoveredAt), watchedSeconds: (ended - began) / 1000 },
    incidents: mine.map((incident) => ({
      id: incident.id,
      alert: incident.alertName,
      service: incident.resource.service,
      outcome: incident.outcome ?? incident.status,
      reason: incident.outcomeReason,
    })),
  };
}

function feeling(view: UserView): string {
  const errors = view.errorRatio === null ? 'no data' : `${(view.errorRatio * 100).toFixed(0)} % of answers fail`;
  const slow = view.latencyP95 === null ? '' : `, p95 ${view.latencyP95.toFixed(2)} s`;
  return `users: ${errors}${slow} (limits ${limits.errorRatio * 100} %, ${limits.latencyP95} s)`;
}

function openOnes(incidents: readonly IncidentView[]): string {
  const open = incidents
    .filter((incident) => incident.status !== 'closed')
    .map((incident) => `${incident.resource.service} ${incident.status}`);
  return open.length > 0 ? `incidents: ${open.join(', ')}` : '';
}
