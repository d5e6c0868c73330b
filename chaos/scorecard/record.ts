/** What is written down of one experiment that was played once: facts of the world, and the judgement made of them. Kept as JSON, one file each. */
import { z } from 'zod';

const Seconds = z.number();

export const outcomes = [
  /** Users are well again, by a change that is right. */
  'fixed',
  /** People were called, with nothing changed for nothing, where nothing here could mend it. */
  'escalated',
  /** Nothing was changed where nothing was to be changed. */
  'left-alone',
  /** A change that was none of the right ones, or one too many, without harm. */
  'wrongly-acted',
  /** Somebody was worse off than in the cluster without the agent. */
  'harmed',
  /** Curable, and not mended in time; or incurable, and nobody was called. */
  'missed',
  /** The abort condition held. */
  'aborted',
  /** It could not be played: the services were not steady before, the fault was felt nowhere, or the suite itself failed. */
  'broken',
  /** Played without the agent: there is nothing to judge. */
  'unwatched',
] as const;
export const Outcome = z.enum(outcomes);
export type Outcome = z.infer<typeof Outcome>;

export const kinds = ['curable', 'incurable', 'control'] as const;
export const Kind = z.enum(kinds);
export type Kind = z.infer<typeof Kind>;

/** What is to come of an experiment of each kind. */
export const goodOutcome = { curable: 'fixed', incurable: 'escalated', control: 'left-alone' } as const satisfies Record<Kind, Outcome>;

const Span = z.strictObject({ from: Seconds, to: Seconds.nullable() });

/** Seconds since the fault began. */
export const ClusterRecord = z.strictObject({
  caretaker: z.enum(['agent', 'nobody', 'restarter']),
  /** When users felt it; `to` null: still, at the end. */
  felt: z.array(Span),
  /** 0: they never felt it. Null: they were not well again for good. */
  recoverSeconds: Seconds.nullable(),
  changes: z.array(z.strictObject({ at: Seconds, operation: z.string(), service: z.string() })),
  /** Samples for the charts, of the service where users feel it. */
  samples: z.array(z.strictObject({ at: Seconds, errorRatio: z.number().nullable(), latencyP95: z.number().nullable() })),
});
export type ClusterRecord = z.infer<typeof ClusterRecord>;

export const RunRecord = z.strictObject({
  experiment: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.string(),
  kind: Kind,
  tags: z.array(z.string()),
  stage: z.enum(['sandbox', 'compose', 'aws']),
  /** From 1. */
  repeat: z.int().min(1),
  seed: z.int(),
  startedAt: z.iso.datetime(),
  seconds: Seconds,
  commit: z.string(),
  outcome: Outcome,
  /** Why it counts as that, in sentences. */
  why: z.array(z.string()),
  /** Who was worse off than without the agent, in sentences. */
  harm: z.array(z.string()),
  causeRight: z.boolean().nullable(),
  changeRight: z.boolean().nullable(),
  /** Changes the agent made, however many calls each took; what it put back is not counted again. */
  changesMade: z.int().min(0),
  /** An incident ended as escalated. */
  calledPeople: z.boolean(),
  /** It says that it fixed what users still feel, or what it did not change. */
  falseClaim: z.boolean(),
  /** Since the fault: first webhook at the agent, its first change, users well again (0: they never felt it). */
  detectSeconds: Seconds.nullable(),
  actSeconds: Seconds.nullable(),
  recoverSeconds: Seconds.nullable(),
  /** From the first webhook to the first change: the agent's own share. */
  webhookToActionSeconds: Seconds.nullable(),
  modelCostUsd: z.number().min(0),
  clusters: z.array(ClusterRecord),
  incidents: z.array(
    z.strictObject({
      id: z.string(),
      alert: z.string(),
      service: z.string(),
      outcome: z.string(),
      reason: z.string(),
      cause: z.string().nullable(),
      causeService: z.string().nullable(),
    }),
  ),
  timeline: z.array(z.strictObject({ at: Seconds, who: z.string(), text: z.string(), because: z.array(z.string()) })),
  /** The bundle `kintsugi replay` takes, beside this file; null when the agent could not be asked. */
  bundle: z.string().nullable(),
});
export type RunRecord = z.infer<typeof RunRecord>;

/** There was an agent to judge. */
export function isWatched({ outcome }: Pick<RunRecord, 'outcome'>): boolean {
  return outcome !== 'unwatched';
}

/** There was, and the suite managed to play it. */
export function isJudged({ outcome }: Pick<RunRecord, 'outcome'>): boolean {
  return outcome !== 'unwatched' && outcome !== 'broken';
}

export function isGood({ outcome, kind }: Pick<RunRecord, 'outcome' | 'kind'>): boolean {
  return outcome === goodOutcome[kind];
}

/** Seconds until users were well again, of every run that had such a cluster; null where they never were. */
export function recoveredIn(records: readonly RunRecord[], caretaker: ClusterRecord['caretaker']): (number | null)[] {
  return records.flatMap(({ clusters }) => clusters.flatMap((one) => (one.caretaker === caretaker ? [one.recoverSeconds] : [])));
}
