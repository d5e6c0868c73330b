import { beforeEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../../telemetry/metrics.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { type Breakers, createBreakers } from './breaker.ts';

const model = 'test:a';

describe('createBreakers', () => {
  let clock: ReturnType<typeof createFakeClock>;
  let breakers: Breakers;

  beforeEach(() => {
    clock = createFakeClock();
    breakers = createBreakers({ clock, metrics: createMetrics(async () => ({})) }, { failures: 3, openMs: 60_000 });
  });

  function failTimes(times: number): void {
    for (let n = 0; n < times; n += 1) {
      breakers.enter(model);
      breakers.failed(model);
    }
  }

  it('counts failures in a row only', () => {
    failTimes(2);
    breakers.succeeded(model);
    failTimes(2);
    expect([breakers.stateOf(model), breakers.enter(model)]).toEqual(['closed', true]);
  });

  it('learns nothing from what was not the model’s doing', () => {
    failTimes(2);
    breakers.left(model);
    failTimes(1);
    expect(breakers.stateOf(model)).toBe('open');
  });

  it('lets nobody in while it is open, and one at a time once it is half-open', async () => {
    failTimes(3);
    expect(breakers.enter(model)).toBe(false);
    await clock.advance(60_000);
    expect(breakers.stateOf(model)).toBe('half-open');
    expect([breakers.enter(model), breakers.enter(model)]).toEqual([true, false]);
    breakers.left(model);
    expect(breakers.enter(model)).toBe(true);
  });

  it('opens anew when the one that tried fails, and closes when it does not', async () => {
    failTimes(3);
    await clock.advance(60_000);
    failTimes(1);
    expect(breakers.stateOf(model)).toBe('open');
    await clock.advance(60_000);
    breakers.enter(model);
    breakers.succeeded(model);
    expect(breakers.stateOf(model)).toBe('closed');
    failTimes(2);
    expect(breakers.stateOf(model)).toBe('closed');
  });

  it('knows each model by itself', () => {
    failTimes(3);
    expect(breakers.enter('test:b')).toBe(true);
  });
});
