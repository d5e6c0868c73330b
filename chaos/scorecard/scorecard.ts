/** The scorecard: what all records of a run come to. Every run counts in every number it could count in; what failed is no exception. Pure. */
import { z } from 'zod';
import { share, sum, timesOf } from './figures.ts';
import { Figure, figuresOf } from './goals.ts';
import { isGood, isJudged, isWatched, Kind, kinds, Outcome, outcomes, type RunRecord, recoveredIn } from './record.ts';

const Times = z.strictObject({
  runs: z.int(),
  never: z.int(),
  median: z.number().nullable(),
  p90: z.number().nullable(),
});

const Counts = z.record(Outcome, z.int());

const ExperimentRow = z.strictObject({
  experiment: z.string(),
  title: z.string(),
  kind: Kind,
  runs: z.int(),
  outcomes: Counts,
  causeRight: z.int(),
  causeAsked: z.int(),
  changesMade: z.int(),
  /** Time of users being well again, with the agent, with nobody, and with a program that restarts on alert. */
  recover: z.strictObject({ agent: Times, nobody: Times, restarter: Times }),
  detect: Times,
  act: Times,
  /** Of the runs that did not go well: why, each reason once. */
  why: z.array(z.string()),
});
export type ExperimentRow = z.infer<typeof ExperimentRow>;

const KindRow = z.strictObject({
  kind: Kind,
  experiments: z.int(),
  runs: z.int(),
  outcomes: Counts,
  causeRight: z.int(),
  causeAsked: z.int(),
  changesMade: z.int(),
});

export const Scorecard = z.strictObject({
  version: z.literal(1),
  commits: z.array(z.string()),
  stages: z.array(z.string()),
  startedAt: z.string(),
  /** Of playing, summed over all records: longer than it took where several are played at a time. */
  seconds: z.number(),
  runs: z.int(),
  repeats: z.int(),
  outcomes: Counts,
  harmed: z.int(),
  /** Nothing was harmed, and everything came out as it should. */
  good: z.boolean(),
  kinds: z.array(KindRow),
  figures: z.array(Figure),
  detect: Times,
  act: Times,
  webhookToAction: Times,
  /** Of curable faults. */
  recover: z.strictObject({ agent: Times, nobody: Times, restarter: Times }),
  changes: z.strictObject({ made: z.int(), incidents: z.int(), perIncident: z.number().nullable() }),
  /** People who were called where nothing was wrong; fixes that were claimed and were none. */
  calledForNothing: z.int(),
  falseClaims: z.int(),
  modelCostUsd: z.strictObject({ total: z.number(), perIncident: z.number().nullable() }),
  experiments: z.array(ExperimentRow),
});
export type Scorecard = z.infer<typeof Scorecard>;

export function scorecardOf(records: readonly RunRecord[]): Scorecard {
  const judged = records.filter(isJudged);
  const curable = records.filter(({ kind }) => kind === 'curable');
  const controls = records.filter(({ kind }) => kind === 'control');
  const incidents = sum(records.map((record) => record.incidents.length));
  const made = sum(records.map(({ changesMade }) => changesMade));
  const cost = sum(records.map(({ modelCostUsd }) => modelCostUsd));
  const acting = judged.filter(({ actSeconds }) => actSeconds !== null);
  return {
    version: 1,
    commits: distinct(records.map(({ commit }) => commit)),
    stages: distinct(records.map(({ stage }) => stage)),
    startedAt: records.map(({ startedAt }) => startedAt).toSorted()[0] ?? '',
    seconds: sum(records.map(({ seconds }) => seconds)),
    runs: records.length,
    repeats: Math.max(0, ...records.map(({ repeat }) => repeat)),
    outcomes: countOutcomes(records),
    harmed: records.filter(({ outcome }) => outcome === 'harmed').length,
    good: records.length > 0 && records.filter(isWatched).every(isGood),
    kinds: kinds.flatMap(
      (kind) =>
        kindRow(
          kind,
          records.filter((record) => record.kind === kind),
        ) ?? [],
    ),
    figures: figuresOf(records),
    detect: timesOf(judged.filter(({ kind }) => kind !== 'control').map(({ detectSeconds }) => detectSeconds)),
    act: timesOf(curable.filter(isJudged).map(({ actSeconds }) => actSeconds)),
    webhookToAction: timesOf(acting.map(({ webhookToActionSeconds }) => webhookToActionSeconds)),
    recover: recoveries(curable),
    changes: { made, incidents, perIncident: share(made, incidents) },
    calledForNothing: controls.filter(({ calledPeople }) => calledPeople).length,
    falseClaims: records.filter(({ falseClaim }) => falseClaim).length,
    modelCostUsd: { total: cost, perIncident: share(cost, incidents) },
    experiments: rowsOf(records),
  };
}

function kindRow(kind: Kind, records: readonly RunRecord[]): Scorecard['kinds'][number] | null {
  if (records.length === 0) return null;
  const experiments = distinct(records.map(({ experiment }) => experiment)).length;
  return { kind, experiments, ...countsOf(records) };
}

function countsOf(records: readonly RunRecord[]): Pick<ExperimentRow, 'runs' | 'outcomes' | 'causeRight' | 'causeAsked' | 'changesMade'> {
  return {
    runs: records.length,
    outcomes: countOutcomes(records),
    causeRight: records.filter(({ causeRight }) => causeRight === true).length,
    causeAsked: records.filter(({ causeRight }) => causeRight !== null).length,
    changesMade: sum(records.map(({ changesMade }) => changesMade)),
  };
}

function countOutcomes(records: readonly RunRecord[]): Record<Outcome, number> {
  const counts = outcomes.map((outcome) => [outcome, records.filter((record) => record.outcome === outcome).length] as const);
  return Object.fromEntries(counts) as Record<Outcome, number>;
}

/** Experiments in the order of their kinds, then by name. */
function rowsOf(records: readonly RunRecord[]): ExperimentRow[] {
  const names = distinct(records.map(({ experiment }) => experiment));
  const rows = names.flatMap((experiment) => {
    const played = records.filter((record) => record.experiment === experiment);
    const [first] = played;
    if (!first) return [];
    return {
      experiment,
      title: first.title,
      kind: first.kind,
      ...countsOf(played),
      recover: recoveries(played),
      detect: timesOf(played.map(({ detectSeconds }) => detectSeconds)),
      act: timesOf(played.map(({ actSeconds }) => actSeconds)),
      why: distinct(played.filter((record) => !isGood(record)).flatMap(({ why }) => why)),
    };
  });
  return rows.toSorted(
    (one, other) => kinds.indexOf(one.kind) - kinds.indexOf(other.kind) || one.experiment.localeCompare(other.experiment),
  );
}

function recoveries(records: readonly RunRecord[]): ExperimentRow['recover'] {
  return {
    agent: timesOf(recoveredIn(records, 'agent')),
    nobody: timesOf(recoveredIn(records, 'nobody')),
    restarter: timesOf(recoveredIn(records, 'restarter')),
  };
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
