/** What a campaign of the laboratory is, what it is given, and what it leaves behind. */
import type { Cloud } from './cloud/server.ts';
import type { Engine, LabStore } from './lab-store.ts';
import type { CampaignRow } from './report.ts';

export interface LabOptions {
  engine: Engine;
  /** Cases, in the unit the campaign names. */
  runs: number;
  seed: number;
  /** Times are judged in the laboratory; beside other work they are only measured. */
  isLab: boolean;
  /** Lanes that run at the same time. */
  parallel: number;
  cloud: Cloud;
  /** A fresh store; `name` is unique within the laboratory's run. */
  createStore(name: string): Promise<LabStore>;
  /** PostgreSQL's own address, for what stands between; undefined on SQLite. */
  serverUrl?: string;
  /** Kills that PostgreSQL in the middle of what it does and starts it again. */
  restartServer?(): Promise<void>;
  progress(text: string): void;
}

export interface LabCampaign {
  id: string;
  title: string;
  engines: readonly Engine[];
  /** `lab` is what the figures ask for; `subset` is what every check can afford, 0 leaves it out there. */
  runs: { lab: number; subset: number };
  run(options: LabOptions): Promise<Outcome>;
}

/** What a campaign found; the rest of its row is known before. */
export interface Outcome {
  runs: number;
  failures: string[];
  measured: Record<string, number | string>;
  notes: string[];
}

export function emptyOutcome(): Outcome {
  return { runs: 0, failures: [], measured: {}, notes: [] };
}

const maxShown = 5;

export function rowOf(campaign: LabCampaign, engine: Engine, seed: number, seconds: number, outcome: Outcome): CampaignRow {
  const shown = outcome.failures.slice(0, maxShown).map((failure) => `failure: ${failure}`);
  return {
    id: campaign.id,
    title: campaign.title,
    store: engine,
    runs: outcome.runs,
    failures: outcome.failures.length,
    seed,
    seconds: Math.round(seconds * 10) / 10,
    notes: [...outcome.notes, ...shown].join('; ').slice(0, 2000),
    measured: outcome.measured,
  };
}

/** Runs the jobs, at most `parallel` at a time, in their order. */
export async function inLanes<T>(jobs: readonly (() => Promise<T>)[], parallel: number): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  async function worker(): Promise<void> {
    for (;;) {
      const index = next;
      next += 1;
      const job = jobs[index];
      if (!job) return;
      results[index] = await job();
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, jobs.length) }, worker));
  return results;
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is true or the time is over. */
export async function until(ask: () => boolean | Promise<boolean>, withinMs: number, everyMs = 50): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    if (await ask()) return true;
    if (Date.now() > deadline) return false;
    await pause(everyMs);
  }
}
