import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AlertStatus } from '../domain/alert.ts';
import { InvariantError, StoreError } from '../domain/errors.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import type { Copies } from './notification-store.ts';
import { createRepeats, type RepeatSettings, type Repeats, repeatDefaults } from './repeats.ts';

let clock: FakeClock;
let repeats: Repeats;
let written: [number, Copies][][];
let answer: () => Promise<number[]>;
let woken: number;
let logged: string[];

beforeEach(() => {
  clock = createFakeClock('2026-01-01T00:00:00.000Z');
  written = [];
  woken = 0;
  logged = [];
  answer = async () => [];
  repeats = create();
});
afterEach(() => repeats.stop());

function create(settings: Partial<RepeatSettings> = {}): Repeats {
  const notifications = {
    repeated(copies: ReadonlyMap<number, Copies>) {
      written.push([...copies]);
      return answer();
    },
  };
  const logger = createLogger('debug', { write: (line: string) => void logged.push(line) });
  return createRepeats({ notifications, clock, logger, wake: () => (woken += 1) }, { ...repeatDefaults, ...settings });
}

const said = (status: AlertStatus, fingerprints: string[]) => fingerprints.map((fingerprint) => ({ fingerprint, status }));
const firing = (...fingerprints: string[]) => said('firing', fingerprints);
const resolved = (...fingerprints: string[]) => said('resolved', fingerprints);

async function remember(hash: string, seq: number, alerts = firing('f1')): Promise<void> {
  const stored = Promise.resolve(seq);
  repeats.remember(hash, alerts, stored);
  await stored;
}

describe('what is absorbed', () => {
  it('is a known body, with its number and its alerts', async () => {
    expect(repeats.find('a')).toBeUndefined();
    await remember('a', 7, firing('f1', 'f2'));
    expect(repeats.find('a')).toMatchObject({ seq: 7, alerts: 2 });
    expect(repeats.find('b')).toBeUndefined();
  });

  it('is a body on its way to the disk too, whose copies then share its fate', async () => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    repeats.remember('a', firing('f1'), promise);
    const copy = repeats.find('a');
    expect(copy?.seq).toBeNull();
    resolve(3);
    expect(await copy?.stored).toBe(3);
    expect(repeats.find('a')?.seq).toBe(3);
    reject(new Error('too late to matter'));
  });

  it('is not a body that could not be written', async () => {
    const stored = Promise.reject(new StoreError('the disk is full'));
    repeats.remember('a', firing('f1'), stored);
    const copy = repeats.find('a');
    await expect(copy?.stored).rejects.toThrow('the disk is full');
    expect(repeats.find('a')).toBeUndefined();
  });

  it('is nothing after a minute, whatever the wall clock says', async () => {
    await remember('a', 1);
    await clock.advance(59_999);
    expect(repeats.find('a')).toBeDefined();
    clock.set(new Date('2020-01-01T00:00:00.000Z'));
    await clock.advance(1);
    expect(repeats.find('a')).toBeUndefined();
  });

  it('is not what something else was said about since', async () => {
    await remember('firing', 1, firing('f1', 'f2'));
    await remember('other group', 2, firing('f1'));
    expect(repeats.find('firing')).toBeDefined();
    await remember('resolved', 3, resolved('f1'));
    expect(repeats.find('firing')).toBeUndefined();
    expect(repeats.find('other group')).toBeUndefined();
    expect(repeats.find('resolved')).toBeDefined();
    await remember('firing', 4, firing('f1', 'f2'));
    expect(repeats.find('firing')).toBeDefined();
    expect(repeats.find('resolved')).toBeUndefined();
  });

  it('is not what belongs to an incident that closes', async () => {
    await remember('a', 1, firing('f1'));
    await remember('b', 2, firing('f2'));
    repeats.sorted(1, ['incident-1', 'incident-2']);
    repeats.sorted(2, ['incident-3']);
    repeats.closes('incident-2');
    expect(repeats.find('a')).toBeUndefined();
    expect(repeats.find('b')).toBeDefined();
  });

  it('is bounded in bodies and in alerts: the oldest go first', async () => {
    repeats = create({ maxBodies: 2 });
    await remember('a', 1, firing('f1'));
    await remember('b', 2, firing('f2'));
    await remember('c', 3, firing('f3'));
    expect([repeats.find('a'), repeats.find('b')?.seq, repeats.find('c')?.seq]).toEqual([undefined, 2, 3]);
    repeats = create({ maxAlerts: 3 });
    await remember('d', 4, firing('f4', 'f5'));
    await remember('d', 5, firing('f4', 'f5'));
    expect(repeats.find('d')?.seq).toBe(5);
    await remember('e', 6, firing('f6', 'f7'));
    expect([repeats.find('d'), repeats.find('e')?.seq]).toEqual([undefined, 6]);
  });
});

describe('counts', () => {
  it('are written a second later, all at once', async () => {
    repeats.count(1);
    repeats.count(1);
    await clock.advance(500);
    repeats.count(1);
    repeats.count(2);
    expect(written).toEqual([]);
    await clock.advance(500);
    const first = { count: 3, lastAt: '2026-01-01T00:00:00.500Z' };
    expect(written).toEqual([
      [
        [1, first],
        [2, { count: 1, lastAt: '2026-01-01T00:00:00.500Z' }],
      ],
    ]);
    repeats.count(1);
    await clock.advance(1_000);
    expect(written[1]).toEqual([[1, { count: 1, lastAt: '2026-01-01T00:00:01.000Z' }]]);
  });

  it('are written when it stops', async () => {
    repeats.count(1);
    await repeats.stop();
    expect(written).toHaveLength(1);
  });

  it('are kept while the store cannot write, and added to those that come meanwhile', async () => {
    answer = () => Promise.reject(new StoreError('the disk is full'));
    repeats.count(1);
    await clock.advance(1_000);
    repeats.count(1);
    answer = async () => [];
    await clock.advance(1_000);
    expect(written.at(-1)).toEqual([[1, { count: 2, lastAt: '2026-01-01T00:00:01.000Z' }]]);
    await clock.advance(10_000);
    expect(written).toHaveLength(2);
  });

  it('that the store will never take are let go, aloud', async () => {
    answer = () => Promise.reject(new InvariantError('its body is gone'));
    repeats.count(1);
    await clock.advance(5_000);
    expect(written).toHaveLength(1);
    expect(logged.join('')).toContain('could not be counted');
  });

  it('of a body that fires anew make it forget the body and wake the sorter', async () => {
    await remember('a', 1);
    await remember('b', 2, firing('f2'));
    answer = async () => [1];
    repeats.count(1);
    repeats.count(2);
    await clock.advance(1_000);
    expect(woken).toBe(1);
    expect(repeats.find('a')).toBeUndefined();
    expect(repeats.find('b')).toBeDefined();
  });
});
