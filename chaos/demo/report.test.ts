import { describe, expect, it } from 'vitest';
import { allRight, type DemoRun, renderTable, type SceneResult } from './report.ts';

const scene: SceneResult = {
  number: 1,
  title: 'A release breaks one endpoint',
  fault: 'checkout 1.5.0 is deployed',
  detectSeconds: 8.2,
  actSeconds: 9.1,
  recoverSeconds: 12.4,
  webhookToActionSeconds: 0.9,
  changes: [],
  action: 'roll-back-deployment on checkout',
  right: true,
  why: ['users are well again'],
  agentOff: { recoverSeconds: null, watchedSeconds: 30 },
  incidents: [],
};
const run: DemoRun = {
  startedAt: '',
  readySeconds: 1,
  totalSeconds: 2,
  agent: { coldStartMs: 1, residentMiB: 1 },
  scenes: [scene],
  strayChanges: [],
};

describe('renderTable', () => {
  it('shows the times, the action, the judgement and what happened without the agent', () => {
    const table = renderTable([
      scene,
      { ...scene, number: 2, actSeconds: null, right: false, agentOff: { recoverSeconds: 5, watchedSeconds: 30 } },
    ]);
    for (const text of [
      '8.2 s',
      '9.1 s',
      '12.4 s',
      'roll-back-deployment',
      'right',
      'WRONG',
      'not recovered after 30.0 s',
      'recovered after 5.0 s',
      '–',
    ]) {
      expect(table).toContain(text);
    }
  });
});

describe('allRight', () => {
  it('is true only when every scene of every run is right, and there was one', () => {
    expect(allRight([run, run])).toBe(true);
    expect(allRight([run, { ...run, scenes: [scene, { ...scene, right: false }] }])).toBe(false);
    expect(allRight([{ ...run, scenes: [] }])).toBe(false);
    expect(allRight([{ ...run, strayChanges: ['StopTask on cart'] }])).toBe(false);
    expect(allRight([])).toBe(false);
  });
});
