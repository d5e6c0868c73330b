import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scheduledBetween } from './schedule-times.ts';
import type { ScheduledAction } from './schema.ts';

const action = (Schedule: string, over: Partial<ScheduledAction> = {}): ScheduledAction => ({
  ScheduledActionName: 'night',
  Schedule,
  Timezone: 'UTC',
  ...over,
});
const minutesAround = (at: string, minutes: number): [Date, Date] => [
  new Date(Date.parse(at) - minutes * 60_000),
  new Date(Date.parse(at) + minutes * 60_000),
];

describe('a scheduled action', () => {
  it.each([
    ['cron(0 22 * * ? *)', 'UTC', '2026-01-01T22:03:00Z', true],
    ['cron(0 22 * * ? *)', 'UTC', '2026-01-01T21:56:00Z', true],
    ['cron(0 22 * * ? *)', 'UTC', '2026-01-01T21:54:00Z', false],
    ['cron(0 22 * * ? *)', 'Europe/Berlin', '2026-01-01T21:00:00Z', true],
    ['cron(0 22 * * ? *)', 'Europe/Berlin', '2026-07-01T20:00:00Z', true],
    // Sunday is 1 in AWS's count; 4 January 2026 is one.
    ['cron(0 22 ? * 1 *)', 'UTC', '2026-01-04T22:00:00Z', true],
    ['cron(0 22 ? * 1 *)', 'UTC', '2026-01-05T22:00:00Z', false],
    ['cron(0 22 ? * MON-FRI *)', 'UTC', '2026-01-05T22:00:00Z', true],
    ['cron(0 22 ? * MON-FRI *)', 'UTC', '2026-01-04T22:00:00Z', false],
    ['cron(5/20 * * * ? *)', 'UTC', '2026-01-01T10:25:00Z', true],
    ['cron(5/20 * * * ? *)', 'UTC', '2026-01-01T10:35:00Z', false],
    ['cron(0 8 L * ? *)', 'UTC', '2026-01-31T08:00:00Z', true],
    ['cron(0 8 1 1 ? 2027)', 'UTC', '2026-01-01T08:00:00Z', false],
    ['at(2026-01-01T22:00:00)', 'Europe/Berlin', '2026-01-01T21:04:00Z', true],
    ['at(2026-01-01T22:00:00)', 'UTC', '2026-01-02T22:00:00Z', false],
  ])('%s in %s about %s: %s', (schedule, Timezone, at, runs) => {
    expect(scheduledBetween([action(schedule, { Timezone })], ...minutesAround(at, 5)) !== null).toBe(runs);
  });

  it('counts only between its start and its end', () => {
    const nightly = (over: Partial<ScheduledAction>) =>
      scheduledBetween([action('cron(0 22 * * ? *)', over)], ...minutesAround('2026-01-01T22:00:00Z', 5));
    expect(nightly({ StartTime: new Date('2026-01-02T00:00:00Z') })).toBeNull();
    expect(nightly({ EndTime: new Date('2026-01-01T00:00:00Z') })).toBeNull();
    expect(nightly({ EndTime: new Date('2026-01-01T21:59:00Z') })).toBeNull();
    expect(nightly({ StartTime: new Date('2025-01-01T00:00:00Z'), EndTime: new Date('2027-01-01T00:00:00Z') })).toContain(
      'night runs at 2026-01-01T22:00',
    );
  });

  it.each(['rate(5 minutes)', 'cron(99 * * * ? *)', 'cron()', 'every night', ''])(
    'that cannot be worked out may run any time: %j',
    (schedule) => {
      expect(scheduledBetween([action(schedule)], ...minutesAround('2026-01-01T10:00:00Z', 5))).toContain('cannot be told');
    },
  );

  it('is found by the minute it names, whatever minute of the day', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: -1440, max: 1440 }), (minute, offset) => {
        const nightly = action(`cron(${minute % 60} ${Math.floor(minute / 60)} * * ? *)`);
        const at = new Date(Date.UTC(2026, 0, 10, 0, minute + offset)).toISOString();
        const distance = Math.min(Math.abs(offset) % 1440, 1440 - (Math.abs(offset) % 1440));
        expect(scheduledBetween([nightly], ...minutesAround(at, 5)) !== null).toBe(distance <= 5);
      }),
    );
  });
});
