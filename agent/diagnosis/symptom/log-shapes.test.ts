import { describe, expect, it } from 'vitest';
import { badnessOf } from './log-shapes.ts';
import { isBadStatus } from './symptoms.ts';

describe('how bad a line is', () => {
  it.each([
    [1, ['ERROR', 'err', 'Fatal', 'critical', 'E', 'F', '17', '24', '50', '60']],
    [0.7, ['WARN', 'warning', 'W', '13', '16']],
    [0, ['INFO', 'debug', 'I', '9', '5']],
  ])('%d by its level', (badness, levels) => {
    for (const level of levels) expect([level, badnessOf(level, 'order 7 went wrong')]).toEqual([level, badness]);
  });

  it('by its words, where it has no level or a number loggers do not agree on', () => {
    for (const level of ['', '3', '40']) expect([level, badnessOf(level, 'connection refused')]).toEqual([level, 0.9]);
    for (const level of ['', '3', '40', '9']) expect([level, badnessOf(level, 'order 7 was sent')]).toEqual([level, 0]);
    expect(badnessOf('9', 'connection refused')).toBe(0);
  });
});

describe('whether a span failed', () => {
  it('is known by words, by HTTP and by OpenTelemetry numbers', () => {
    for (const status of ['ERROR', 'error', 'STATUS_CODE_ERROR', '500', '404', '2', 'UNAVAILABLE'])
      expect([status, isBadStatus(status)]).toEqual([status, true]);
    for (const status of ['', 'OK', 'STATUS_CODE_OK', 'UNSET', 'STATUS_CODE_UNSET', '200', '302', '0', '1'])
      expect([status, isBadStatus(status)]).toEqual([status, false]);
  });
});
