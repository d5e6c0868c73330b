import { beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import { createPressure, type Pressure } from './pressure.ts';

let clock: FakeClock;
let pressure: Pressure;
let share: number;

beforeEach(() => {
  clock = createFakeClock('2026-11-21T07:00:00.000Z');
  share = 1;
  pressure = createPressure(clock, () => share);
});

async function arrive(count: number, everyMs: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    pressure.arrives();
    await clock.advance(everyMs);
  }
}

describe('the pressure of webhooks', () => {
  it('is none with one webhook after the other', async () => {
    await arrive(100, 3);
    expect(pressure.isBusy()).toBe(false);
  });

  it.each([
    ['none at 1,000 a second while the process has time left', 0.2, 1, false],
    ['there at 1,000 a second when the process has its hands full', 0.9, 1, true],
    ['there at many thousands a second, whatever the process did a moment ago', 0.1, 0.1, true],
  ])('is %s', async (_, utilization, everyMs, isBusy) => {
    share = utilization;
    await arrive(200, everyMs);
    expect(pressure.isBusy()).toBe(isBusy);
  });

  it('is there with many at once, also after a turn that was longer than it counts', async () => {
    await arrive(64, 0);
    expect(pressure.isBusy()).toBe(true);
    await clock.advance(100);
    expect(pressure.isBusy()).toBe(true);
    await clock.advance(100);
    expect(pressure.isBusy()).toBe(false);
  });

  it('stops nobody in calm', async () => {
    let passed = 0;
    for (let one = 0; one < 50; one += 1) await pressure.letPass().then(() => (passed += 1));
    expect(passed).toBe(50);
  });

  it('lets one by one through in a storm, and all when it is over', async () => {
    let passed = 0;
    await arrive(20, 0);
    for (let one = 0; one < 30; one += 1) void pressure.letPass().then(() => (passed += 1));
    for (let ms = 0; ms < 5000; ms += 10) {
      await arrive(20, 0);
      await clock.advance(10);
    }
    expect(passed).toBeGreaterThanOrEqual(4);
    expect(passed).toBeLessThanOrEqual(6);
    await clock.advance(200);
    expect(passed).toBe(30);
  });

  it('lets nobody through whose work was called off', async () => {
    const off = new AbortController();
    await arrive(20, 0);
    await pressure.letPass();
    const waiting = pressure.letPass(off.signal);
    off.abort(new Error('called off'));
    await expect(waiting).rejects.toThrow('called off');
  });
});
