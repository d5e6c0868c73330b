import { describe, expect, it } from 'vitest';
import type { FiringAlert } from '../firing-alerts.ts';
import { fingerprintOf } from './fingerprint.ts';
import { notificationsOf } from './notification.ts';

const origin = { receiver: 'kintsugi', groupKey: 'look:alertmanager', note: 'found by a look', at: '2026-11-21T11:00:00.000Z' };

function alert(fingerprint: string, more: Partial<FiringAlert> = {}): FiringAlert {
  const times = { startsAt: '2026-11-21T10:00:00.000Z', updatedAt: '2026-11-21T10:59:00.000Z' };
  return { fingerprint, labels: { alertname: 'A', n: fingerprint }, annotations: {}, ...times, generatorURL: '', ...more };
}

interface Parsed {
  version: string;
  lookNote: string;
  alerts: (FiringAlert & { status: string; endsAt: string })[];
}
const parsed = (alerts: readonly FiringAlert[], options = {}) =>
  notificationsOf(alerts, origin, options).map(({ body, alerts: count }) => ({ count, json: JSON.parse(body.toString()) as Parsed }));

describe('a notification of found alerts', () => {
  it('has the form of a webhook, with the note', () => {
    const [one] = parsed([alert('a')]);
    expect(one?.json).toMatchObject({ version: '4', status: 'firing', receiver: 'kintsugi', truncatedAlerts: 0, lookNote: origin.note });
    expect(one?.json.alerts).toEqual([
      {
        status: 'firing',
        labels: { alertname: 'A', n: 'a' },
        annotations: {},
        startsAt: '2026-11-21T10:00:00.000Z',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: '',
        fingerprint: 'a',
      },
    ]);
  });

  it('begins when it was looked at, when the source does not know better', () => {
    expect(parsed([alert('a', { startsAt: null })])[0]?.json.alerts[0]?.startsAt).toBe(origin.at);
  });

  it('is the same bytes for the same alerts in another order', () => {
    const [one, other] = [
      ['a', 'b', 'c'],
      ['c', 'a', 'b'],
    ].map((names) =>
      notificationsOf(
        names.map((name) => alert(name)),
        origin,
      ).map(({ body }) => body.toString()),
    );
    expect(one).toEqual(other);
  });

  it('is cut into pieces of at most 500 alerts and a megabyte, and loses none', () => {
    const many = Array.from({ length: 1_201 }, (_, n) => alert(String(n).padStart(5, '0')));
    expect(parsed(many).map(({ count }) => count)).toEqual([500, 500, 201]);
    const long = Array.from({ length: 5 }, (_, n) => alert(`x${n}`, { annotations: { text: 'y'.repeat(400_000) } }));
    expect(parsed(long).map(({ count, json }) => [count, json.alerts.length])).toEqual([
      [2, 2],
      [2, 2],
      [1, 1],
    ]);
  });

  it('can be made for each alert alone', () => {
    expect(parsed([alert('a'), alert('b')], { alone: true }).map(({ count }) => count)).toEqual([1, 1]);
  });

  it('is none without alerts', () => {
    expect(notificationsOf([], origin)).toEqual([]);
  });

  it('keeps hostile texts as they are, for the sorter to clean', () => {
    const labels = JSON.parse('{"alertname":"A","__proto__":"x","service":"\\u0000\\ud800<img>"}') as Record<string, string>;
    const [one] = notificationsOf([alert('a', { labels })], origin);
    expect(Object.keys((JSON.parse(one?.body.toString() ?? '') as Parsed).alerts[0]?.labels ?? {})).toEqual(Object.keys(labels));
  });
});

it('works out the fingerprints Alertmanager 0.25.0 gave', () => {
  expect(fingerprintOf({ alertname: 'Down', s: '1' })).toBe('7fc4a41c7f617776');
  expect(fingerprintOf({ s: '1', alertname: 'Slow' })).toBe('c17682ba2d792d11');
  expect(fingerprintOf({ alertname: 'B', s: '2' })).toBe('f3d8653fa92d76cd');
});
