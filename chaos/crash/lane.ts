/**
 * One lane: one store, and one life of the agent after the other, each with a fresh incident and a death of its own; at last a life that
 * nobody ends, in which all must come to rest. Then the judge looks.
 */
import { type LabOptions, pause, until } from './campaign.ts';
import { addTroubledService } from './cloud/world.ts';
import { judgeIncidents, type Life, readFound, resumedAfter } from './judge.ts';
import type { LabStore } from './lab-store.ts';
import type { Moment } from './moments.ts';
import { type Replica, startReplica } from './replica.ts';
import { environmentOf, notificationOf } from './settings.ts';
import { verifyAudit } from './verify-audit.ts';

/** At a named moment of the fresh incident's run, or so long after the start of the process. */
export type Death = { moment: Moment } | { afterMs: number; trouble: 'cured' | 'worse' };

export interface LaneResult {
  deaths: number;
  /** Named moments the fresh incident did not come by. */
  unreached: string[];
  failures: string[];
  resumed: { cluster: string; afterMs: number }[];
}

/** Goal of the figures: work goes on so soon after a start. */
export const resumeWithinMs = 10_000;
/** A fresh incident that has not come to its moment by then will not. */
const patienceMs = 20_000;
const restMs = 60_000;

export async function runLane(name: string, deaths: readonly Death[], options: LabOptions): Promise<LaneResult> {
  const store = await options.createStore(name);
  try {
    return await new Lane(name, deaths, options, store).run();
  } finally {
    await store.close();
  }
}

class Lane {
  readonly #name: string;
  readonly #deaths: readonly Death[];
  readonly #options: LabOptions;
  readonly #store: LabStore;
  readonly #environment: Record<string, string>;
  readonly #asks: boolean;
  readonly #lives: Life[] = [];
  readonly #expected = new Map<string, Moment['trouble']>();
  /** Sent again until somebody answers 202, as Alertmanager does. */
  readonly #unanswered = new Map<string, string>();
  readonly #result: LaneResult = { deaths: 0, unreached: [], failures: [], resumed: [] };

  constructor(name: string, deaths: readonly Death[], options: LabOptions, store: LabStore) {
    this.#name = name;
    this.#deaths = deaths;
    this.#options = options;
    this.#store = store;
    this.#asks = deaths.some((death) => 'moment' in death && death.moment.trouble === 'asked');
    this.#environment = environmentOf({
      cloudUrl: options.cloud.url,
      clusters: deaths.map((_, index) => this.#clusterOf(index)),
      store: store.environment,
      autonomy: this.#asks ? 'approve' : 'auto',
    });
  }

  async run(): Promise<LaneResult> {
    for (const [index, death] of this.#deaths.entries()) await this.#liveUntil(death, this.#clusterOf(index));
    await this.#liveToTheEnd();
    const { world } = this.#options.cloud;
    const found = await readFound(this.#store);
    const journal = world.journal.filter(({ cluster }) => cluster.startsWith(`${this.#name}-`));
    this.#result.failures.push(...judgeIncidents(this.#expected, found, journal).map((fault) => `${fault} [${this.#deathIn(fault)}]`));
    this.#result.failures.push(...(await verifyAudit(this.#environment)));
    // Who waits for a person is not taken up before the answer.
    if (this.#asks) return this.#result;
    for (const { cluster, opened_at, closed_at } of found.incidents) {
      const closedMs = closed_at === null ? Number.POSITIVE_INFINITY : Date.parse(closed_at);
      const times = resumedAfter(this.#lives, Date.parse(opened_at), closedMs, world.asked.get(cluster) ?? [], resumeWithinMs);
      this.#result.resumed.push(...times.map((afterMs) => ({ cluster: `${cluster} [${this.#deathIn(`${cluster}:`)}]`, afterMs })));
    }
    return this.#result;
  }

  /** Where the process died whose fresh incident the sentence is about. */
  #deathIn(fault: string): string {
    const index = this.#deaths.findIndex((_, at) => fault.startsWith(`${this.#clusterOf(at)}:`));
    const death = this.#deaths[index];
    if (!death) return '';
    return 'moment' in death ? death.moment.name : `${death.afterMs} ms after the start`;
  }

  #clusterOf(index: number): string {
    return `${this.#name}-${index}`;
  }

  async #liveUntil(death: Death, cluster: string): Promise<void> {
    const trouble = 'moment' in death ? death.moment.trouble : death.trouble;
    this.#expected.set(cluster, trouble);
    addTroubledService(this.#options.cloud.world, cluster, trouble === 'worse' ? 'worse' : 'cured');
    const earlier = [...this.#unanswered];
    this.#unanswered.set(cluster, notificationOf([cluster]));
    await this.#live(async (replica) => {
      const timer = 'afterMs' in death ? setTimeout(() => replica.signal('SIGKILL'), death.afterMs) : undefined;
      replica.ended.then(() => clearTimeout(timer));
      await replica.ready;
      for (const [other, body] of earlier) await this.#send(replica, other, body);
      if ('moment' in death) {
        const anyCluster = death.moment.name === 'receive.answered' ? '*' : cluster;
        await replica.arm({ moment: death.moment.name, cluster: anyCluster, signal: 'SIGKILL' });
      }
      await this.#send(replica, cluster, this.#unanswered.get(cluster) ?? '');
      await Promise.race([replica.ended, pause(patienceMs)]);
      if (!replica.end() && 'moment' in death) this.#result.unreached.push(death.moment.name);
    });
  }

  async #liveToTheEnd(): Promise<void> {
    await this.#live(async (replica) => {
      await replica.ready;
      for (const [cluster, body] of [...this.#unanswered]) await this.#send(replica, cluster, body);
      if (this.#unanswered.size > 0) this.#result.failures.push(`not answered 202: ${[...this.#unanswered.keys()].join(', ')}`);
      await until(() => isAtRest(this.#store, this.#expected.size), restMs, 100);
    });
  }

  async #live(during: (replica: Replica) => Promise<void>): Promise<void> {
    const replica = startReplica(`${this.#name}-life-${this.#lives.length}`, this.#environment);
    if (this.#asks) void approveAll(replica);
    try {
      await during(replica);
    } catch (error) {
      if (!replica.end()) throw error;
    }
    if (!replica.end()) replica.signal('SIGTERM');
    const ended = await replica.ended;
    this.#lives.push({ name: replica.name, startedMs: replica.startedMs, endedMs: ended.atMs });
    if (ended.signal === 'SIGKILL') this.#result.deaths += 1;
    else if (ended.code !== 0) this.#result.failures.push(`${replica.name} ended with ${ended.code ?? ended.signal} by itself`);
    this.#result.failures.push(...replica.complaints.map((line) => `${replica.name} complained: ${line}`));
  }

  async #send(replica: Replica, cluster: string, body: string): Promise<void> {
    if ((await replica.post(body)) === 202) this.#unanswered.delete(cluster);
  }
}

/** Every alert has its incident, and every incident is closed. */
export async function isAtRest(store: LabStore, incidents: number): Promise<boolean> {
  const [counted] = await store.rows<{ total: number | string; closed: number | string }>(
    "select count(*) as total, count(case when status = 'closed' then 1 end) as closed from incident",
  );
  return Number(counted?.total) >= incidents && Number(counted?.closed) === Number(counted?.total);
}

/** A person who says yes to everything, for as long as the process lives. */
async function approveAll(replica: Replica): Promise<void> {
  await replica.ready.catch(() => undefined);
  while (!replica.end()) {
    const waiting = await replica.get<{ approvals: { id: string; planHash: string }[] }>('/api/approvals');
    for (const { id, planHash } of waiting?.approvals ?? []) {
      await replica.answer(`/api/approvals/${id}`, { answer: 'approved', by: 'the laboratory', planHash });
    }
    await pause(100);
  }
}
