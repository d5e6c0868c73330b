/** The record of one experiment that was played: facts, judgement, and the timeline people read. */
import type { ClusterRecord, RunRecord } from '../../scorecard/record.ts';
import { type TimelineLine, timelineLine } from '../../stage/timeline.ts';
import type { Experiment } from '../format/schema.ts';
import type { Played } from '../played.ts';
import { claimOf } from './claims.ts';
import { type ClusterFacts, type Facts, factsOf } from './facts.ts';
import { judge } from './judge.ts';
import { feltSpans, recoveredAt } from './well.ts';

export interface RunFacts {
  stage: RunRecord['stage'];
  /** Durations of AWS were divided by it. */
  pace: number;
  repeat: number;
  seed: number;
  commit: string;
}

/** `name`: the experiment's folder. */
export function toRecord(experiment: Experiment, name: string, played: Played, { pace, ...run }: RunFacts): RunRecord {
  const [judgement] = experiment.extensions;
  const facts = factsOf(judgement, played, pace);
  return {
    experiment: name,
    title: experiment.title,
    kind: judgement.kind,
    tags: experiment.tags,
    ...run,
    startedAt: new Date(played.startedAt).toISOString(),
    seconds: (played.ended - played.startedAt) / 1000,
    ...judge(facts),
    modelCostUsd: played.modelCostUsd,
    clusters: facts.clusters.map((cluster) => clusterRecord(cluster, judgement.feltAt)),
    incidents: facts.incidents.map((incident) => {
      const claim = claimOf(incident, facts.audit);
      return {
        id: incident.id,
        alert: incident.alertName,
        service: incident.resource.service,
        outcome: incident.outcome ?? incident.status,
        reason: incident.outcomeReason,
        cause: claim?.cause ?? null,
        causeService: claim?.service ?? null,
      };
    }),
    timeline: timelineOf(facts, played),
    bundle: played.bundle,
  };
}

function clusterRecord({ caretaker, looks, calls }: ClusterFacts, feltAt: string): ClusterRecord {
  return {
    caretaker,
    felt: feltSpans(looks),
    recoverSeconds: recoveredAt(looks),
    changes: calls.map(({ at, operation, service }) => ({ at: rounded(at), operation, service: service ?? 'unknown' })),
    samples: looks.map(({ at, services }) => ({
      at: rounded(at),
      errorRatio: services[feltAt]?.errorRatio ?? null,
      latencyP95: services[feltAt]?.latencyP95 ?? null,
    })),
  };
}

function timelineOf({ incidents, audit }: Facts, played: Played): RunRecord['timeline'] {
  const since = (ms: number) => (ms - played.began) / 1000;
  const opened = incidents.map(({ openedAt, alertName, resource }) => ({
    at: since(Date.parse(openedAt)),
    who: 'alert',
    text: `${alertName} on ${resource.service} reached the agent`,
    because: [],
  }));
  const told = audit.flatMap((entry) => {
    const service = incidents.find(({ id }) => id === entry.incidentId)?.resource.service;
    const line = service === undefined ? undefined : lineOf(entry);
    return line ? [{ at: entry.seconds, who: line.who, text: `[${service}] ${line.text}`, because: line.because }] : [];
  });
  const done = played.steps.map(({ at, text }) => ({ at: since(at), who: 'suite', text, because: [] }));
  return [...done, ...opened, ...told].toSorted((one, other) => one.at - other.at).map((line) => ({ ...line, at: rounded(line.at) }));
}

/** An entry in a shape of its own is no reason to lose the record of the run. */
function lineOf(entry: Facts['audit'][number]): TimelineLine | undefined {
  try {
    return timelineLine(entry);
  } catch {
    return { who: entry.actor, text: entry.event, because: [] };
  }
}

function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
