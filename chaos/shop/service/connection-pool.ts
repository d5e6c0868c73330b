/** A fixed set of kept connections to one callee, lent to one request at a time. */
import { Agent } from 'node:http';

export interface Connection {
  agent: Agent;
  /** Position in the pool, or null for a connection opened because none came free in time. */
  slot: number | null;
}

export interface PoolSettings {
  size: number;
  /** How long a request waits for a connection before it opens its own. */
  acquireTimeoutMs: number;
}

export interface PoolUsage {
  used: number;
  idle: number;
  waiting: number;
}

interface Slot {
  agent: Agent;
  lent: boolean;
  waiting: ((connection: Connection) => void)[];
}

export class ConnectionPool {
  readonly #slots: Slot[];
  readonly #settings: PoolSettings;
  #turn = 0;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.#slots = Array.from({ length: settings.size }, () => ({
      agent: new Agent({ keepAlive: true, maxSockets: 1 }),
      lent: false,
      waiting: [],
    }));
  }

  /** Connections are used in turn, so that none stays idle long enough for the other side to close it. */
  acquire(): Promise<Connection> {
    const index = this.#turn;
    this.#turn = (index + 1) % this.#settings.size;
    const slot = this.#slots[index];
    if (slot === undefined) return Promise.resolve(extraConnection());
    if (!slot.lent) {
      slot.lent = true;
      return Promise.resolve({ agent: slot.agent, slot: index });
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        slot.waiting = slot.waiting.filter((waiter) => waiter !== take);
        resolve(extraConnection());
      }, this.#settings.acquireTimeoutMs);
      const take = (connection: Connection): void => {
        clearTimeout(timer);
        resolve(connection);
      };
      slot.waiting.push(take);
    });
  }

  /** How the connections are at this moment, and how many requests wait for one. */
  usage(): PoolUsage {
    const used = this.#slots.filter((slot) => slot.lent).length;
    const waiting = this.#slots.reduce((sum, slot) => sum + slot.waiting.length, 0);
    return { used, idle: this.#slots.length - used, waiting };
  }

  release(connection: Connection): void {
    const slot = connection.slot === null ? undefined : this.#slots[connection.slot];
    if (slot === undefined) {
      connection.agent.destroy();
      return;
    }
    const next = slot.waiting.shift();
    if (next) next(connection);
    else slot.lent = false;
  }
}

function extraConnection(): Connection {
  return { agent: new Agent({ keepAlive: false }), slot: null };
}
