import { describe, expect, it } from 'vitest';
import type { KnownAlert } from '../look-store.ts';
import { type Finding, isMissing, judge } from './judgement.ts';

const nothing: KnownAlert = { open: null, closed: null, declined: null };
const began = '2026-11-21T10:00:00.000Z';
const at = (time: string) => `2026-11-21T${time}.000Z`;
const marginMs = 90_000;

interface Case {
  startsAt?: string | null;
  updatedAt?: string;
  known?: Partial<KnownAlert>;
  byFingerprint?: boolean;
}

function finding({ startsAt = began, updatedAt = at('11:00:00'), known = {}, byFingerprint = true }: Case): Finding {
  return judge({ startsAt, updatedAt }, { ...nothing, ...known }, { marginMs, byFingerprint });
}

const open = (row: NonNullable<KnownAlert['open']>['row']): Partial<KnownAlert> => ({ open: { incidentId: 'i1', row } });
const closed = (
  outcome: 'fixed' | 'recovered' | 'no-fault' | 'escalated' | 'declined',
  closedAt = at('10:30:00'),
  closedWithinDay = 1,
): Partial<KnownAlert> => ({
  closed: { outcome, closedAt, closedWithinDay },
});

describe('an alert that fires', () => {
  it('is missing when nothing is known of it', () => {
    expect(finding({})).toBe('unheard');
  });

  it('is told when its open incident has it, and missing when that one holds another alert only', () => {
    expect(finding({ known: open({ status: 'firing', endsAt: null }) })).toBe('told');
    expect(finding({ known: open(null) })).toBe('unheard');
  });

  it('with a fingerprint that may differ, is told by an open incident alone', () => {
    expect(finding({ known: open(null), byFingerprint: false })).toBe('told');
  });

  it('fires again when it began after the resolution its open incident was told of, and not when it began before', () => {
    expect(finding({ known: open({ status: 'resolved', endsAt: at('09:59:00') }) })).toBe('fires-again');
    expect(finding({ known: open({ status: 'resolved', endsAt: at('10:01:00') }) })).toBe('told');
    expect(finding({ known: open({ status: 'resolved', endsAt: null }) })).toBe('told');
    expect(finding({ startsAt: null, known: open({ status: 'resolved', endsAt: at('09:59:00') }) })).toBe('told');
  });

  it('stays declined for as long as this firing lasts', () => {
    expect(finding({ known: { declined: { startsAt: began } } })).toBe('declined');
    expect(finding({ startsAt: null, known: { declined: { startsAt: began } } })).toBe('declined');
    expect(finding({ startsAt: at('10:00:01'), known: { declined: { startsAt: began } } })).toBe('unheard');
  });
});

describe('an alert whose incident closed', () => {
  it.each(['fixed', 'recovered', 'no-fault', 'escalated', 'declined'] as const)(
    'as %s does not reopen it by an update from before the margin',
    (outcome) => {
      expect(finding({ updatedAt: at('10:29:00'), known: closed(outcome) })).toBe('just-closed');
      expect(finding({ updatedAt: at('10:31:30'), known: closed(outcome) })).toBe('just-closed');
      expect(finding({ startsAt: at('10:30:10'), updatedAt: at('10:31:30'), known: closed(outcome) })).toBe('just-closed');
    },
  );

  it.each(['fixed', 'escalated'] as const)('as %s fires again when it began afterwards', (outcome) => {
    expect(finding({ startsAt: at('10:30:10'), updatedAt: at('10:31:31'), known: closed(outcome) })).toBe('fires-again');
  });

  it.each(['escalated', 'declined'] as const)('as %s is in somebody’s hands for as long as it fires', (outcome) => {
    expect(finding({ updatedAt: at('23:00:00'), known: closed(outcome) })).toBe('handed-over');
    expect(finding({ startsAt: null, updatedAt: at('23:00:00'), known: closed(outcome) })).toBe('handed-over');
  });

  it.each(['fixed', 'recovered', 'no-fault'] as const)('as %s, and is still reported, was not mended after all', (outcome) => {
    expect(finding({ updatedAt: at('10:31:31'), known: closed(outcome) })).toBe('still-fires');
  });

  it('again and again, waits longer each time, but no longer than four hours', () => {
    const judged = (updatedAt: string, times: number) => finding({ updatedAt, known: closed('no-fault', at('10:30:00'), times) });
    expect([judged(at('10:35:59'), 2), judged(at('10:36:01'), 2)]).toEqual(['just-closed', 'still-fires']);
    expect([judged(at('10:53:59'), 3), judged(at('10:54:01'), 3)]).toEqual(['just-closed', 'still-fires']);
    expect([judged(at('14:29:59'), 50), judged(at('14:30:01'), 50)]).toEqual(['just-closed', 'still-fires']);
  });
});

it('feeds exactly what is missing', () => {
  const all: Finding[] = ['unheard', 'fires-again', 'still-fires', 'told', 'declined', 'just-closed', 'handed-over'];
  expect(all.filter(isMissing)).toEqual(['unheard', 'fires-again', 'still-fires']);
});
