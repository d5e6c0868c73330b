/**
 * Campaigns: one statement held against very many generated cases, small in CI (`npm run campaigns`) and large in the laboratory
 * (`vitest run --config vitest.lab.config.ts`). Size and seed come from the vitest configuration; each campaign leaves a row of JSON,
 * also when it fails, from which `docs/reliability.md` is made.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { inject, it, type ProvidedContext } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    campaign: { size: 'ci' | 'lab'; seed: number; rowsFolder: string };
  }
}

export interface CampaignRow {
  /** As in the plan of figures: R5, S7, … */
  id: string;
  title: string;
  store: 'sqlite' | 'postgres' | 'none';
  runs: number;
  failures: number;
  seed: number;
  seconds: number;
  notes: string;
  measured?: Record<string, number | string>;
}

export interface Campaign extends Pick<CampaignRow, 'id' | 'title' | 'store'> {
  /** Cases at each size. */
  runs: { ci: number; lab: number };
  /** 0 is no limit, which is the default in the laboratory. */
  timeoutMs?: number;
}

export interface CampaignRun {
  readonly runs: number;
  readonly seed: number;
  /** Figures of the machine (memory, lag) are judged in the laboratory only: elsewhere other tests share it. */
  readonly isLab: boolean;
  /** One case. What it throws is counted and the next case goes on. */
  attempt(name: string, one: () => Promise<void> | void): Promise<void>;
  /** `runs` cases of a fast-check property with the campaign's seed; ends at the first failure, shrunk. */
  check<Values>(property: fc.IRawProperty<Values>, parameters?: fc.Parameters<Values>): Promise<void>;
  /** Values drawn with the campaign's seed. */
  sample<Value>(arbitrary: fc.Arbitrary<Value>, count: number): Value[];
  measure(name: string, value: number | string): void;
  note(text: string): void;
}

const maxShownFailures = 5;

/** Registers the campaign as a test. It fails when a case did, after the row is written. */
export function campaign(definition: Campaign, body: (run: CampaignRun) => Promise<void>): void {
  const settings = inject('campaign');
  const { id, title, store, runs } = definition;
  const timeout = definition.timeoutMs ?? (settings.size === 'lab' ? 0 : 120_000);
  it(`${id}: ${title} (${runs[settings.size]} runs, ${store}, seed ${settings.seed})`, { timeout }, () =>
    runCampaign(definition, settings, body),
  );
}

/** Rejects with the first failures, after the row is written. */
export async function runCampaign(
  definition: Campaign,
  { size, seed, rowsFolder }: ProvidedContext['campaign'],
  body: (run: CampaignRun) => Promise<void>,
): Promise<void> {
  const runs = definition.runs[size];
  const failures: string[] = [];
  const notes: string[] = [];
  const measured: Record<string, number | string> = {};
  let done = 0;
  const startedAt = performance.now();
  try {
    await body({
      runs,
      seed,
      isLab: size === 'lab',
      async attempt(name, one) {
        done += 1;
        try {
          await one();
        } catch (error) {
          failures.push(`${name}: ${textOf(error)}`);
        }
      },
      async check(property, parameters) {
        const result = await fc.check(property, { seed, numRuns: runs, ...parameters });
        done += result.numRuns;
        if (result.failed) failures.push(`${textOf(result.errorInstance)}\n${fc.defaultReportMessage(result)}`);
      },
      sample: (arbitrary, count) => fc.sample(arbitrary, { seed, numRuns: count }),
      measure(name, value) {
        measured[name] = typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
      },
      note: (text) => void notes.push(text),
    });
    // A loop that never ran would report 0 failures as well.
    if (done === 0) throw new Error('no case was run');
  } catch (error) {
    failures.push(`the campaign broke off: ${textOf(error)}`);
  }
  const { id, title, store } = definition;
  const firstFailure = failures[0] === undefined ? [] : [`first failure: ${oneLine(failures[0])}`];
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  const row: CampaignRow = {
    id,
    title,
    store,
    runs: done,
    failures: failures.length,
    seed,
    seconds,
    notes: [...notes, ...firstFailure].join('; '),
  };
  writeRow(rowsFolder, Object.keys(measured).length > 0 ? { ...row, measured } : row);
  if (failures.length > 0) throw new Error(report(failures, seed));
}

/** One file per row; a reader never sees half of one. */
export function writeRow(folder: string, row: CampaignRow): void {
  mkdirSync(folder, { recursive: true });
  const slug = `${row.id} ${row.store} ${row.title}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const file = join(folder, `${slug.slice(0, 100).replace(/-$/, '')}.json`);
  writeFileSync(`${file}.part`, `${JSON.stringify(row, null, 2)}\n`);
  renameSync(`${file}.part`, file);
}

function report(failures: readonly string[], seed: number): string {
  const more = failures.length > maxShownFailures ? [`… and ${failures.length - maxShownFailures} more`] : [];
  const again = `the same cases again: CAMPAIGN_SEED=${seed}`;
  return [`${failures.length} failures`, ...failures.slice(0, maxShownFailures), ...more, again].join('\n');
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 200);
}
