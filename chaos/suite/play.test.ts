import { describe, expect, it, onTestFinished } from 'vitest';
import type { IncidentView } from '../../agent/api/contract.ts';
import { bindExperiment } from './format/bind.ts';
import type { Experiment } from './format/schema.ts';
import { play } from './play.ts';
import { act, experimentOf, type FakeStage, fakeStage } from './testing/fake-stage.ts';

function incident(status: IncidentView['status']): IncidentView {
  const at = new Date().toISOString();
  return {
    id: 'one',
    alertName: 'HighErrorRatio',
    resource: { cluster: 'shop', service: 'web' },
    severity: 'critical',
    status,
    outcome: status === 'closed' ? 'fixed' : null,
    outcomeReason: '',
    startedAt: at,
    openedAt: at,
    closedAt: null,
    firings: 1,
    resolvedAt: null,
  };
}

function playOn(fake: FakeStage, experiment: Experiment, signal = new AbortController().signal) {
  const faults: string[] = [];
  const bound = bindExperiment('one', experiment, fake.modules, faults);
  expect(faults).toEqual([]);
  return play({ bound, stage: fake.stage, seed: 7, signal, onStep: () => {} });
}

/** Does something as soon as it is so. */
function once(isTrue: () => boolean, then: () => void): void {
  const timer = setInterval(() => {
    if (!isTrue()) return;
    clearInterval(timer);
    then();
  }, 1);
  onTestFinished(() => clearInterval(timer));
}

const rise = act('the level rises', 'set', { to: 0.5 });

describe('play', () => {
  it('does the method to every cluster with the same chance, and takes it back in every one, the mended one too', async () => {
    const fake = fakeStage();
    once(
      () => fake.done.length === 2,
      () => {
        for (const cluster of fake.clusters) cluster.level = 0;
        fake.incidents.push(incident('closed'));
      },
    );
    const played = await playOn(fake, experimentOf([rise]));
    expect(played).toMatchObject({ broken: null, aborted: null, incidents: [{ id: 'one' }] });
    const [first = '', second = ''] = fake.done;
    expect(first.replace('agent', 'nobody')).toBe(second);
    expect(fake.done.slice(2).toSorted()).toEqual(['take back in agent', 'take back in nobody']);
    expect(played.steps.map(({ text }) => text)).toEqual(['the level rises']);
  });

  it('keeps looks from before the fault and of the fault, in every cluster, and only changes since the fault', async () => {
    const fake = fakeStage();
    const [agents] = fake.clusters;
    agents?.changes.push({ at: 1, operation: 'StopTask', service: 'web', input: {} });
    once(
      () => fake.done.length === 2,
      () => agents?.changes.push({ at: Date.now(), operation: 'UpdateService', service: 'web', input: {} }),
    );
    const played = await playOn(fake, experimentOf([rise]));
    expect(played.clusters.map(({ caretaker, changes }) => [caretaker, changes.length])).toEqual([
      ['agent', 1],
      ['nobody', 0],
    ]);
    for (const { looks } of played.clusters) {
      expect(looks.some(({ at, isSteady }) => at < played.began && isSteady === true)).toBe(true);
      expect(looks.some(({ at, isSteady }) => at > played.began && isSteady === false)).toBe(true);
    }
  });

  it('ends at the time limit when nobody mends it', async () => {
    const fake = fakeStage();
    const played = await playOn(fake, experimentOf([rise]));
    expect(played.ended - played.began).toBeGreaterThanOrEqual(fake.stage.seconds(60));
    expect(played.broken).toBeNull();
  });

  it('breaks off while the abort probe is outside for its time, and takes everything back', async () => {
    const fake = fakeStage(['agent']);
    const played = await playOn(fake, experimentOf([act('everything floods', 'set', { to: 1 })]));
    expect(played.aborted).toContain('the level is low');
    expect(played.ended - played.began).toBeLessThan(fake.stage.seconds(60));
    expect(fake.done.at(-1)).toBe('take back in agent');
  });

  it('does nothing to a stage that is not steady', async () => {
    const fake = fakeStage(['agent']);
    for (const cluster of fake.clusters) cluster.level = 0.2;
    const played = await playOn(fake, experimentOf([rise]));
    expect(played.broken).toContain('not steady before the fault');
    expect(fake.done).toEqual([]);
  });

  it('is broken when a fault cannot be put in, and takes back what was', async () => {
    const fake = fakeStage(['agent']);
    const played = await playOn(fake, experimentOf([rise, act('the sky falls', 'fail')]));
    expect(played.broken).toContain('"the sky falls" could not be done: no way');
    expect(fake.done.at(-1)).toBe('take back in agent');
  });

  it('lets a background action go on until the end, and does rollbacks last', async () => {
    const fake = fakeStage(['agent']);
    const experiment = experimentOf([act('it goes on', 'wait', {}, { background: true }), rise]);
    experiment.rollbacks = [act('the level falls', 'set', { to: 0 })];
    await playOn(fake, experiment);
    expect(fake.done.map((one) => one.replace(/ by .*/, ''))).toEqual([
      'set 0.5 in agent',
      'waited',
      'take back in agent',
      'set 0 in agent',
    ]);
  });

  it('takes everything back when it is stopped, and says that it was', async () => {
    const fake = fakeStage(['agent']);
    const stop = new AbortController();
    once(
      () => fake.done.length === 1,
      () => stop.abort(new Error('SIGINT')),
    );
    await expect(playOn(fake, experimentOf([rise]), stop.signal)).rejects.toThrow('SIGINT');
    expect(fake.done.at(-1)).toBe('take back in agent');
  });

  it('plays without an agent, for the baselines', async () => {
    const fake = fakeStage(['nobody']);
    const played = await playOn(fake, experimentOf([rise]));
    expect(played).toMatchObject({ broken: null, incidents: [], modelCostUsd: 0 });
    expect(played.clusters).toMatchObject([{ caretaker: 'nobody' }]);
  });
});
