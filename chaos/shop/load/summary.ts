/** Counts what shoppers saw. Durations in milliseconds. */

export interface RouteSummary {
  requests: number;
  /** 5xx answers, cut connections and missing answers. */
  failed: number;
  p50Ms: number | null;
  p95Ms: number | null;
}

export interface LoadSummary extends RouteSummary {
  /** 4xx answers. */
  refused: number;
  /** Not sent, because too many requests were unanswered. */
  skipped: number;
  routes: Record<string, RouteSummary>;
}

/** Since the beginning. */
export interface LoadCounts {
  /** Skipped ones included. */
  asked: number;
  /** 5xx answers, cut connections, missing answers and skipped requests. */
  failed: number;
  /** Answered well, but late. */
  slow: number;
}

export interface SummaryRecorder {
  /** `status` null: no answer. */
  answered(route: string, status: number | null, ms: number): void;
  skipped(): void;
  read(): LoadSummary;
  /** Without the sorting `read` does. */
  counts(): LoadCounts;
}

/** The rules call a service slow from here on. */
const slowMs = 500;

/** Quantiles are over the newest samples of each route. */
const keptSamples = 1_000;

interface Tally {
  requests: number;
  failed: number;
  samples: number[];
}

export function createSummary(): SummaryRecorder {
  const all: Tally = { requests: 0, failed: 0, samples: [] };
  const routes = new Map<string, Tally>();
  let refused = 0;
  let skipped = 0;
  let slow = 0;
  return {
    answered(route, status, ms) {
      const own = routes.get(route) ?? { requests: 0, failed: 0, samples: [] };
      routes.set(route, own);
      if (status !== null && status >= 400 && status < 500) refused += 1;
      if (status !== null && status < 500 && ms > slowMs) slow += 1;
      for (const tally of [all, own]) {
        tally.samples[tally.requests % keptSamples] = ms;
        tally.requests += 1;
        if (status === null || status >= 500) tally.failed += 1;
      }
    },
    skipped() {
      skipped += 1;
    },
    counts: () => ({ asked: all.requests + skipped, failed: all.failed + skipped, slow }),
    read: () => ({
      ...read(all),
      refused,
      skipped,
      routes: Object.fromEntries([...routes].map(([route, tally]) => [route, read(tally)])),
    }),
  };
}

function read({ requests, failed, samples }: Tally): RouteSummary {
  const sorted = samples.toSorted((a, b) => a - b);
  const quantile = (share: number): number | null => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
    return value === undefined ? null : Math.round(value * 10) / 10;
  };
  return { requests, failed, p50Ms: quantile(0.5), p95Ms: quantile(0.95) };
}
