/** Everything an adviser stands on, for tests: told models, money that is only counted, masks that can be seen, a clock that stands still. */
import type { AuditEntry } from '../../audit/trail.ts';
import type { Role } from '../../llm/adviser.ts';
import type { CallEstimate, LlmBudget, Reservation, Usage } from '../../llm/budget.ts';
import { createAdviser } from '../../llm/chain/adviser.ts';
import { createBreakers } from '../../llm/chain/breaker.ts';
import type { ChainList } from '../../llm/chain/chains.ts';
import type { Redactor } from '../../llm/redactor.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { createFakeClock } from '../fake-clock.ts';
import { noChains } from '../model-chains.ts';
import type { ToldModel } from './chat-model.ts';

export interface KeptCall extends CallEstimate {
  /** `cancelled`: never made. Undefined while it is open. */
  settled?: Usage | null | 'cancelled';
}

/** Takes every call, unless the test says otherwise. A call costs a cent. */
export function countingBudget(
  answer: (estimate: CallEstimate) => Partial<Extract<Reservation, { kind: 'reserved' }>> | string = () => ({}),
) {
  const calls: KeptCall[] = [];
  const dearness: Record<string, number> = {};
  const budget: LlmBudget = {
    async reserve(estimate) {
      const answered = answer(estimate);
      if (typeof answered === 'string') return { kind: 'refused', reason: answered };
      calls.push({ ...estimate });
      return { kind: 'reserved', id: String(calls.length - 1), near: false, ...answered };
    },
    async settle(id, usage) {
      Object.assign(calls[Number(id)] ?? {}, { settled: usage });
      return 0.01;
    },
    async cancel(id) {
      Object.assign(calls[Number(id)] ?? {}, { settled: 'cancelled' });
    },
    dearness: (model) => dearness[model] ?? 1,
  };
  return { budget, calls, dearness };
}

/** Masks `*.internal`, takes `sk-…` out. */
export const visibleRedactor: Redactor = {
  begin(keep) {
    const hosts: string[] = [];
    return {
      mask(text) {
        const key = text.match(/sk-\w+/g)?.length ?? 0;
        const secrets: Record<string, number> = key > 0 ? { key } : {};
        const masked = text.replace(/sk-\w+/g, '[secret]').replace(/\b[\w-]+\.internal\b/g, (host) => {
          if (keep.includes(host)) return host;
          if (!hosts.includes(host)) hosts.push(host);
          return `[host-${hosts.indexOf(host) + 1}]`;
        });
        return { text: masked, secrets };
      },
      unmask: (text) => text.replace(/\[host-(\d+)\]/g, (mask, number: string) => hosts[Number(number) - 1] ?? mask),
    };
  },
};

/** `fence-1`, `fence-2` … */
export function countingFences(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `fence-${count}`;
  };
}

interface Asking {
  chain: readonly string[];
  models: Readonly<Record<string, ToldModel>>;
  role?: Role;
  budget?: LlmBudget;
  append?: (entry: AuditEntry) => Promise<void>;
  problemOf?: (model: string) => string | undefined;
  maxTokens?: number;
  callTimeoutMs?: number;
}

export function askingWith({ chain, models, role = 'analysis', budget = countingBudget().budget, ...more }: Asking) {
  const clock = createFakeClock();
  const metrics = createMetrics(async () => ({}));
  const logged: string[] = [];
  const audited: AuditEntry[] = [];
  const chains: ChainList = { ...noChains, [role]: chain };
  const breakers = createBreakers({ clock, metrics }, { failures: 3, openMs: 60_000 });
  const adviser = createAdviser(
    {
      chains: { of: (one) => chains[one] },
      models: {
        problemOf: more.problemOf ?? (() => undefined),
        async get(name) {
          const model = models[name];
          if (!model) throw new Error(`no model ${name}`);
          return model;
        },
      },
      breakers,
      budget,
      redactor: visibleRedactor,
      trail: { append: more.append ?? (async (entry) => void audited.push(entry)) },
      clock,
      logger: createLogger('debug', { write: (line: string) => void logged.push(line) }),
      metrics,
      mostTokens: (texts) => texts.join('').length,
      newFence: countingFences(),
    },
    { callTimeoutMs: more.callTimeoutMs ?? 20_000, maxTokens: more.maxTokens ?? 10_000 },
  );
  return { adviser, clock, metrics, logged, audited, breakers };
}
