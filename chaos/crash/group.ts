/** One or more replicas of the agent on one store, the alerts sent to them, and the judgement at the end. */
import { type LabOptions, until } from './campaign.ts';
import { addTroubledService, type Nature } from './cloud/world.ts';
import { type Found, judgeIncidents, readFound } from './judge.ts';
import type { LabStore } from './lab-store.ts';
import { isAtRest } from './lane.ts';
import { type Replica, startReplica } from './replica.ts';
import { environmentOf, notificationOf } from './settings.ts';
import { verifyAudit } from './verify-audit.ts';

export interface GroupOrder {
  name: string;
  /** Most incidents it will have; each gets a cluster of its own. */
  incidents: number;
  /** Settings of the agent that differ from the laboratory's. */
  settings?: Record<string, string>;
  store?: LabStore;
}

export class Group {
  readonly store: LabStore;
  readonly expected = new Map<string, Nature>();
  readonly replicas: Replica[] = [];
  readonly failures: string[] = [];
  readonly #order: GroupOrder;
  readonly #options: LabOptions;
  readonly #environment: Record<string, string>;
  #started = 0;

  private constructor(order: GroupOrder, options: LabOptions, store: LabStore) {
    this.#order = order;
    this.#options = options;
    this.store = store;
    const clusters = Array.from({ length: order.incidents }, (_, index) => `${order.name}-${index}`);
    const lab = environmentOf({ cloudUrl: options.cloud.url, clusters, store: store.environment, autonomy: 'auto' });
    this.#environment = { ...lab, ...order.settings };
  }

  static async create(order: GroupOrder, options: LabOptions): Promise<Group> {
    return new Group(order, options, order.store ?? (await options.createStore(order.name)));
  }

  async start(): Promise<Replica> {
    const replica = startReplica(`${this.#order.name}-replica-${this.#started}`, this.#environment);
    this.#started += 1;
    this.replicas.push(replica);
    await replica.ready;
    return replica;
  }

  /** A service in trouble, and what Alertmanager would say about it. */
  open(nature: Nature = 'cured'): { cluster: string; body: string } {
    const cluster = `${this.#order.name}-${this.expected.size}`;
    addTroubledService(this.#options.cloud.world, cluster, nature);
    this.expected.set(cluster, nature);
    return { cluster, body: notificationOf([cluster]) };
  }

  /** Sends it until it is answered 202, to whichever replica lives; how long that took, milliseconds. */
  async deliver(body: string, withinMs = 30_000): Promise<number> {
    const sentMs = Date.now();
    const isTaken = await until(
      async () => {
        for (const replica of this.replicas) if (!replica.end() && (await replica.post(body)) === 202) return true;
        return false;
      },
      withinMs,
      50,
    );
    if (!isTaken) this.failures.push(`an alert was not answered 202 within ${withinMs / 1000} s`);
    return Date.now() - sentMs;
  }

  rest(): Promise<boolean> {
    return this.restOf(this.expected.size);
  }

  /** Waits until there are so many incidents and all of them are closed. */
  async restOf(incidents: number, withinMs = 60_000): Promise<boolean> {
    const isResting = await until(() => isAtRest(this.store, incidents).catch(() => false), withinMs, 100);
    if (!isResting) this.failures.push(`not all incidents were closed within ${withinMs / 1000} s`);
    return isResting;
  }

  /** SIGTERM to one replica; what it does besides ending with 0 is a failure. */
  async stop(replica: Replica, { mayComplain = false } = {}): Promise<number> {
    const askedMs = Date.now();
    replica.signal('SIGTERM');
    const ended = await replica.ended;
    if (ended.code !== 0)
      this.failures.push(`${replica.name} ended with ${ended.code ?? ended.signal}: ${replica.complaints.at(-1) ?? ''}`);
    if (!mayComplain) this.failures.push(...replica.complaints.map((line) => `${replica.name} complained: ${line}`));
    this.replicas.splice(this.replicas.indexOf(replica), 1);
    return ended.atMs - askedMs;
  }

  async stopAll(options?: { mayComplain?: boolean }): Promise<void> {
    await Promise.all([...this.replicas].map((replica) => this.stop(replica, options)));
  }

  /** Judges all incidents and the audit trail; `mayEscalate` where a person may have been called instead. */
  async judge({ mayEscalate = false } = {}): Promise<Found> {
    const found = await readFound(this.store);
    const journal = this.#options.cloud.world.journal.filter(({ cluster }) => cluster.startsWith(`${this.#order.name}-`));
    this.failures.push(...judgeIncidents(this.expected, found, journal, mayEscalate), ...(await verifyAudit(this.#environment)));
    return found;
  }

  /** Ends what still lives and gives the store back. */
  async close(): Promise<void> {
    for (const replica of this.replicas) replica.signal('SIGKILL');
    await Promise.all(this.replicas.map((replica) => replica.ended));
    await this.store.close();
  }
}

/** Runs `body` with a group and closes it, whatever happens. */
export async function withGroup<T>(order: GroupOrder, options: LabOptions, body: (group: Group) => Promise<T>): Promise<T> {
  const group = await Group.create(order, options);
  try {
    return await body(group);
  } finally {
    await group.close();
  }
}
