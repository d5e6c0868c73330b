/** Who is asked for what: the chains of the settings, unless somebody has ordered others while the agent runs. The order lies in the store. */
import type { Clock } from '../../domain/clock.ts';
import { InputError } from '../../domain/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { ModelMetrics } from '../../telemetry/model-metrics.ts';
import { type Role, roles } from '../adviser.ts';
import { ModelChain } from './model-name.ts';

/** One for each role. */
export type ChainList = Readonly<Record<Role, readonly string[]>>;

export interface ChainOrder {
  /** Null: the chain of the settings holds again. */
  models: readonly string[] | null;
  by: string;
  reason: string;
  /** ISO 8601 */
  at: string;
}

/** The youngest order for each role; read anew by every replica within seconds. */
export interface ChainStore {
  orders(): Promise<Partial<Record<Role, ChainOrder>>>;
  /** Together with its audit entry, or not at all. */
  order(role: Role, order: Omit<ChainOrder, 'at'>): Promise<void>;
}

export interface Chains {
  /** The first asked first; empty when nobody is. */
  of(role: Role): readonly string[];
  settingOf(role: Role): readonly string[];
  orderOf(role: Role): ChainOrder | undefined;
  /** In force in this process when it resolves. MODEL_UNUSABLE. Throws also when it stands in the store and cannot be read back: it is in force with the next look. */
  order(role: Role, order: Omit<ChainOrder, 'at'>): Promise<void>;
  /** One look at the store. */
  look(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

interface ChainDeps {
  store: ChainStore;
  problemOf(model: string): string | undefined;
  clock: Pick<Clock, 'sleep'>;
  logger: Logger;
  metrics: Pick<ModelMetrics, 'modelChain'>;
}

/** An order is in force everywhere after two of these. */
const periodMs = 2_000;

export function createChains(settings: ChainList, { store, problemOf, clock, logger, metrics }: ChainDeps): Chains {
  const stopping = new AbortController();
  let orders: Partial<Record<Role, ChainOrder>> = {};
  let shown = '';
  let isBlind = false;
  let begun = 0;
  let youngest = 0;
  let running: Promise<void> = Promise.resolve();

  const of = (role: Role) => orders[role]?.models ?? settings[role];

  function show(): void {
    const chains = roles.map((role) => [role, of(role)] as const);
    const text = JSON.stringify(chains);
    if (text === shown) return;
    metrics.modelChain.reset();
    for (const [role, models] of chains) {
      for (const [index, model] of models.entries()) metrics.modelChain.set({ role, model, place: String(index + 1) }, 1);
    }
    if (shown !== '') logger.info({ chains: Object.fromEntries(chains) }, 'chains of models in force');
    shown = text;
  }

  async function read(): Promise<void> {
    begun += 1;
    const number = begun;
    const found = await store.orders();
    // A look that began later has ended before: it knows better.
    if (number < youngest) return;
    youngest = number;
    orders = found;
    show();
  }

  async function look(): Promise<void> {
    try {
      await read();
      isBlind = false;
    } catch (error) {
      if (!isBlind) logger.warn({ err: error }, 'the chains of models cannot be read; those last known hold');
      isBlind = true;
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(periodMs, stopping.signal).catch(() => undefined);
      if (!stopping.signal.aborted) await look();
    }
  }

  show();
  return {
    of,
    settingOf: (role) => settings[role],
    orderOf: (role) => orders[role],
    async order(role, order) {
      const models = ModelChain.safeParse(order.models ?? []);
      const problems = models.success
        ? models.data.flatMap((model) => problemOf(model) ?? [])
        : models.error.issues.map(({ message }) => message);
      if (problems.length > 0) throw new InputError('MODEL_UNUSABLE', [...new Set(problems)].join('; '));
      await store.order(role, order);
      await read();
    },
    look,
    start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
