import { describe, expect, it } from 'vitest';
import type { RunRecord } from './record.ts';
import { Scorecard, scorecardOf } from './scorecard.ts';
import { clusterRecord, control, incurable, missed, record } from './testing/records.ts';

const figure = (records: readonly RunRecord[], id: string) => scorecardOf(records).figures.find((one) => one.id === id);

describe('the scorecard', () => {
  it('counts every run once, by kind and outcome, and is what its schema says', () => {
    const card = scorecardOf([record(), missed({ repeat: 2 }), control(), incurable()]);
    expect(Scorecard.parse(JSON.parse(JSON.stringify(card)))).toEqual(card);
    expect(card).toMatchObject({
      runs: 4,
      repeats: 2,
      harmed: 0,
      good: false,
      outcomes: { fixed: 1, missed: 1, 'left-alone': 1, escalated: 1 },
    });
    expect(card.kinds).toMatchObject([
      { kind: 'curable', experiments: 1, runs: 2, causeRight: 1, causeAsked: 2 },
      { kind: 'incurable', runs: 1 },
      { kind: 'control', runs: 1, causeAsked: 0 },
    ]);
    expect(card.experiments.map(({ experiment }) => experiment)).toEqual(['celadon', 'basalt', 'delft']);
    expect(card.experiments[0]?.why).toEqual(['users still feel the fault']);
  });

  it('is good only when everything that was watched came out as it should, and something was played', () => {
    expect(scorecardOf([record(), control(), incurable()]).good).toBe(true);
    expect(scorecardOf([record(), record({ outcome: 'unwatched', repeat: 2 })]).good).toBe(true);
    for (const outcome of ['harmed', 'missed', 'wrongly-acted', 'aborted', 'broken', 'escalated'] as const) {
      expect(scorecardOf([record(), record({ outcome, repeat: 2 })]).good).toBe(false);
    }
    expect(scorecardOf([]).good).toBe(false);
  });

  it('keeps failures in every average', () => {
    const card = scorecardOf([record(), missed({ repeat: 2 }), missed({ repeat: 3 })]);
    expect(card.recover.agent).toEqual({ runs: 3, never: 2, median: null, p90: null });
    expect(card.act).toMatchObject({ runs: 3, never: 2 });
    expect(card.recover.restarter.median).toBe(40);
    expect(card.recover.nobody).toMatchObject({ never: 3, median: null });
  });

  it('counts people called for nothing, false claims, changes and the models’ cost', () => {
    const card = scorecardOf([
      record({ modelCostUsd: 0.5 }),
      control({ calledPeople: true }),
      missed({ falseClaim: true, modelCostUsd: 0.25 }),
    ]);
    expect(card).toMatchObject({ calledForNothing: 1, falseClaims: 1, changes: { made: 1, incidents: 2, perIncident: 0.5 } });
    expect(card.modelCostUsd).toEqual({ total: 0.75, perIncident: 0.375 });
  });
});

describe('the goals', () => {
  const many = (count: number, make: (repeat: number) => RunRecord) => Array.from({ length: count }, (_, index) => make(index + 1));

  it('ask for 95 % fixed, broken runs counted as not', () => {
    expect(
      figure(
        many(20, (repeat) => record({ repeat })),
        'fixed',
      ),
    ).toMatchObject({ met: true, value: '20 of 20 (100 %)' });
    expect(figure([...many(19, (repeat) => record({ repeat })), missed()], 'fixed')?.met).toBe(true);
    expect(figure([...many(18, (repeat) => record({ repeat })), missed(), record({ outcome: 'broken' })], 'fixed')?.met).toBe(false);
  });

  it('allow no harm, no useless change and no change in a control', () => {
    expect(figure([record({ outcome: 'harmed' })], 'harmed')?.met).toBe(false);
    expect(figure([incurable({ outcome: 'wrongly-acted', changesMade: 1 })], 'useless')?.met).toBe(false);
    expect(figure([incurable({ changesMade: 1 })], 'useless')?.met).toBe(true);
    expect(figure([control({ changesMade: 1, outcome: 'wrongly-acted' })], 'controls')).toMatchObject({ met: false, value: '1 of 1' });
  });

  it('hold the time to recover against restarts in the same runs', () => {
    expect(figure([record()], 'half')).toMatchObject({ met: true, value: '0.35 (1 runs)' });
    const slow = record({ clusters: [clusterRecord('agent', 25), clusterRecord('restarter', 40)] });
    expect(figure([slow], 'half')?.met).toBe(false);
    // One of two that took for ever makes the median infinite.
    expect(figure([record(), missed()], 'half')).toMatchObject({ met: false, value: 'infinite (2 runs)' });
  });

  it('take a restart that had not helped when watching ended for slower than that, and no faster', () => {
    // The samples end 30 s after the fault.
    const never = (ours: number | null) => record({ clusters: [clusterRecord('agent', ours), clusterRecord('restarter', null)] });
    expect(figure([never(14)], 'half')).toMatchObject({ met: true, value: '0.47 (1 runs)' });
    expect(figure([never(20)], 'half')?.met).toBe(false);
    expect(figure([never(14)], 'never')).toMatchObject({ met: true, value: '1 of 1 (100 %)' });
    expect(figure([never(null)], 'never')?.met).toBe(false);
    expect(figure([record()], 'never')).toMatchObject({ met: null });
  });

  it('say nothing of what was not played, nor of runs without the agent', () => {
    expect(
      scorecardOf([control()])
        .figures.filter(({ met }) => met !== null)
        .map(({ id }) => id),
    ).toEqual(['controls']);
    expect(figure([record({ outcome: 'unwatched' })], 'fixed')).toMatchObject({ met: null });
  });
});
