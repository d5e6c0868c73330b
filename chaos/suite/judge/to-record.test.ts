import { describe, expect, it } from 'vitest';
import { RunRecord } from '../../scorecard/record.ts';
import type { Experiment } from '../format/schema.ts';
import type { Played } from '../played.ts';
import { brokenUntil, curable, incident, looksOf, named, rollBack, well } from '../testing/facts.ts';
import { toRecord } from './to-record.ts';

const began = Date.parse('2026-11-20T10:00:00.000Z');
const probe = curable.abort.probes[0];
const experiment: Experiment = {
  version: '1.0.0',
  title: 'A release of checkout fails one endpoint',
  description: 'The agent takes the release back and users are well again.',
  tags: ['release'],
  'steady-state-hypothesis': { title: 'users are served', probes: probe ? [probe] : [] },
  method: [],
  rollbacks: [],
  extensions: [curable],
};

const looks = (at: Parameters<typeof looksOf>[0]): Played['clusters'][number]['looks'] =>
  looksOf(at).map((look) => ({
    ...look,
    at: began + look.at * 1000,
    services: Object.fromEntries(
      Object.entries(look.services).map(([name, service]) => [
        name,
        {
          ...service,
          requestRate: 10,
          running: service.running ?? 0,
          desired: service.desired ?? 0,
          taskDefinition: `arn:aws:ecs:eu-west-1:1:task-definition/${service.taskDefinition}`,
        },
      ]),
    ),
  }));

const played: Played = {
  startedAt: began - 40_000,
  began,
  ended: began + 60_000,
  aborted: null,
  broken: null,
  steps: [{ at: began, text: 'deploys another image of checkout' }],
  clusters: [
    {
      caretaker: 'agent',
      looks: looks(brokenUntil(14)),
      changes: [{ at: began + 10_000, operation: 'UpdateService', service: 'checkout', input: { ...rollBack(10).input } }],
    },
    { caretaker: 'nobody', looks: looks(brokenUntil(100)), changes: [] },
  ],
  incidents: [incident('fixed')],
  alerts: [],
  audit: named('bad-deployment', 'checkout').map(({ seconds: _seconds, ...entry }) => entry),
  modelCostUsd: 0.01,
  bundle: 'bundles/one.json',
};
const run = { stage: 'sandbox', pace: 30, repeat: 2, seed: 5, commit: 'abcdef0' } as const;

describe('the record', () => {
  it('is what its schema says, with the judgement of what was played', () => {
    const record = toRecord(experiment, 'celadon', played, run);
    expect(RunRecord.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
    expect(record).toMatchObject({
      experiment: 'celadon',
      kind: 'curable',
      outcome: 'fixed',
      repeat: 2,
      seconds: 100,
      startedAt: '2026-11-20T09:59:20.000Z',
      actSeconds: 10,
      recoverSeconds: 14,
      incidents: [{ cause: 'bad-deployment', causeService: 'checkout' }],
    });
    expect(record.clusters).toMatchObject([
      { caretaker: 'agent', felt: [{ from: 0, to: 14 }], recoverSeconds: 14, changes: [{ at: 10, service: 'checkout' }] },
      { caretaker: 'nobody', felt: [{ from: 0, to: null }], recoverSeconds: null },
    ]);
    expect(record.clusters[0]?.samples).toContainEqual({ at: 5, errorRatio: 0.5, latencyP95: 0.05 });
  });

  it('tells the course in order: what was done, what the agent heard, what it said', () => {
    const { timeline } = toRecord(experiment, 'celadon', played, run);
    expect(timeline.map(({ at, who }) => [at, who])).toEqual([
      [0, 'suite'],
      [5, 'alert'],
      [6, 'analyst'],
      [6, 'auditor'],
    ]);
  });

  it('keeps a line for an entry in a shape of its own', () => {
    const [entry] = played.audit;
    const strange = entry ? [{ ...entry, event: 'verdict', detail: { kind: 7 } }] : [];
    const { timeline } = toRecord(experiment, 'celadon', { ...played, audit: strange }, run);
    expect(timeline.at(-1)).toEqual({ at: 6, who: 'agent', text: '[storefront] verdict', because: [] });
  });

  it('of what could not be played says so, and nothing else', () => {
    const broken = toRecord(experiment, 'celadon', { ...played, clusters: [], incidents: [], audit: [], broken: 'no stage' }, run);
    expect(RunRecord.parse(broken)).toMatchObject({ outcome: 'broken', why: ['no stage'], clusters: [] });
  });

  it('of a fault that passed unnoticed knows no time', () => {
    const quiet = { ...played, clusters: played.clusters.map((cluster) => ({ ...cluster, looks: looks(well), changes: [] })) };
    expect(toRecord(experiment, 'celadon', quiet, run)).toMatchObject({
      outcome: 'broken',
      actSeconds: null,
      webhookToActionSeconds: null,
    });
  });
});
