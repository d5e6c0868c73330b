import { describe, expect, it } from 'vitest';
import { harmOf } from './harmless.ts';
import { spokenOf } from './spoken.ts';

const deeds = (message: string, files: string[] = []): string[] => spokenOf(message, files).map(({ what }) => what);

describe('a change without a diff', () => {
  it.each([
    ['Clean up unused indexes on claims', 'takes an index away'],
    ['terraform: least privilege for the media task', 'takes rights away'],
    ['Remember reverse lookups between requests', 'keeps things'],
    ['Right-size after the summer peak', 'makes something smaller'],
    ['Slim image: distroless python', 'runs on another image'],
    ['Use naive local dates in the scheduler', 'reckons times another way'],
    ['Retry conflicting postings', 'tries again'],
    ['Write snapshots consistently', 'holds a lock or a transaction'],
    ['Plan parcels in parallel', 'does more at once'],
  ])('does what its message says: %s', (message, what) => {
    const found = spokenOf(message, []).find((finding) => finding.what === what);
    expect(found?.isVague).toBe(true);
  });

  it('moves dependencies where it touches nothing but manifests', () => {
    expect(deeds('lock file maintenance', ['package-lock.json'])).toContain('moves dependencies');
    expect(deeds('render invoices', ['package-lock.json', 'src/render.js'])).not.toContain('moves dependencies');
  });

  it('does not try again where it waits as it is told', () => {
    expect(deeds('Honour Retry-After on 429 responses')).not.toContain('tries again');
    expect(deeds('Retry lookups with exponential backoff')).not.toContain('tries again');
  });

  it.each(['Log reference of failed bookings', 'feat(api): expose queue length', 'Add gauge of users online', 'Token endpoint dashboard'])(
    'only tells: %s',
    (message) => {
      expect(harmOf(undefined, ['src/token.ts'], message).factor).toBeLessThan(0.5);
    },
  );

  it('only acts once something has failed', () => {
    expect(harmOf(undefined, ['src/geo.ts'], 'Retry the lookup on connection reset').factor).toBeLessThan(1);
  });

  it.each(['Log in users by token', 'Retry conflicting postings', 'Tighten client settings'])(
    'is a change like any other: %s',
    (message) => {
      expect(harmOf(undefined, ['src/a.ts'], message).factor).toBe(1);
    },
  );
});
