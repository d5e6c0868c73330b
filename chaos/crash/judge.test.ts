import { describe, expect, it } from 'vitest';
import type { Effect } from './cloud/world.ts';
import { type Found, judgeIncidents, resumedAfter } from './judge.ts';

const effect = (cluster: string, revision: number): Effect => ({
  atMs: 0,
  by: 'life-0',
  cluster,
  operation: 'UpdateService',
  revision,
  moved: true,
});

function found(outcome: string | null = 'fixed', change: Partial<Found> = {}): Found {
  return {
    incidents: [
      {
        id: 'i1',
        cluster: 'c1',
        status: outcome === null ? 'investigating' : 'closed',
        outcome,
        outcome_reason: '',
        opened_at: '',
        closed_at: null,
        fencing_token: 1,
      },
    ],
    actions: [{ key: 'i1/1', incident_id: 'i1', step: 'execute', status: 'done', fencing_token: 1 }],
    audit: [{ incident_id: 'i1', event: 'action-intended' }],
    ...change,
  };
}

const expected = new Map([['c1', 'cured' as const]]);
const right = [effect('c1', 1)];

describe('the judge', () => {
  it('finds nothing where one change was made, written down and the incident closed', () => {
    expect(judgeIncidents(expected, found(), right)).toEqual([]);
  });

  it('finds a lost incident, a second one and one that never ended', () => {
    expect(judgeIncidents(expected, found('fixed', { incidents: [] }), right)[0]).toContain('lost');
    const { incidents } = found();
    expect(judgeIncidents(expected, found('fixed', { incidents: [...incidents, ...incidents] }), right)[0]).toContain('2 incidents');
    expect(judgeIncidents(expected, found(null), right)[0]).toContain('stuck: investigating');
  });

  it('finds a change made twice, a change nobody made and a change nobody asked for', () => {
    expect(judgeIncidents(expected, found(), [...right, ...right])[0]).toContain('right are 1');
    expect(judgeIncidents(expected, found(), [])[0]).toContain('changes made: none');
    expect(judgeIncidents(expected, found(), [...right, effect('c9', 1)])[0]).toContain('without an alert: c9');
  });

  it('finds a change that is not in the audit trail and an intent that was left open', () => {
    expect(judgeIncidents(expected, found('fixed', { audit: [] }), right)[0]).toContain('0 of them in the audit trail');
    const open = { key: 'i1/2', incident_id: 'i1', step: 'execute', status: 'intended', fencing_token: 1 };
    expect(judgeIncidents(expected, found('fixed', { actions: [...found().actions, open] }), right)[0]).toContain('left open');
  });

  it('finds an intent of an owner whose lease had passed on', () => {
    const late = { key: 'i1/0', incident_id: 'i1', step: 'execute', status: 'failed', fencing_token: 2 };
    expect(judgeIncidents(expected, found('fixed', { actions: [late, ...found().actions] }), right)[0]).toContain('tokens 2, 1');
  });

  it('takes a person for an end only where it is told so, and even then never two changes', () => {
    expect(judgeIncidents(expected, found('escalated'), right)[0]).toContain('ended escalated');
    expect(judgeIncidents(expected, found('escalated'), right, true)).toEqual([]);
    expect(judgeIncidents(expected, found('escalated', { actions: [], audit: [] }), [], true)).toEqual([]);
    expect(judgeIncidents(expected, found('escalated'), [...right, ...right], true)).not.toEqual([]);
  });
});

describe('the time to take an incident up again', () => {
  const lives = [
    { name: 'a', startedMs: 0, endedMs: 1000 },
    { name: 'b', startedMs: 1000, endedMs: 1400 },
    { name: 'c', startedMs: 2000, endedMs: 9000 },
  ];

  it('runs from the start of a life to its first call about the incident', () => {
    const asked = [
      { by: 'b', atMs: 1300 },
      { by: 'c', atMs: 2100 },
    ];
    expect(resumedAfter(lives, 500, 5000, asked, 10_000)).toEqual([300, 100]);
  });

  it('leaves out a life too short to come to it, but not one that lived long without doing so', () => {
    expect(resumedAfter(lives, 500, 9500, [{ by: 'c', atMs: 2250 }], 10_000)).toEqual([250]);
    expect(resumedAfter(lives, 500, 9500, [{ by: 'b', atMs: 1300 }], 5000)).toEqual([300, 7000]);
  });

  it('ends with the closing where the cloud was not asked any more', () => {
    expect(resumedAfter(lives, 500, 2100, [], 10_000)).toEqual([100]);
    expect(resumedAfter(lives, 500, 900, [], 10_000)).toEqual([]);
  });
});
