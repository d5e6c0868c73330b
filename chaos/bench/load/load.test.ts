import { describe, expect, it } from 'vitest';
import { idOf, notificationBody, requestOf, seeded, seriesOf, stamp, zipf } from './bodies.ts';
import { answerLength, statusOf } from './connection.ts';
import { createFeed } from './feed.ts';
import type { LoadPlan, Workload } from './plan.ts';

const fleet = { cluster: 'prod', services: 200, alertNames: 5 };
const target = { host: '127.0.0.1', port: 80, path: '/hook', token: 't' };

function feedOf(workload: Workload, connections = 2) {
  const plan: LoadPlan = {
    kind: 'load',
    target,
    fleet,
    workload,
    connections,
    warmUpMs: 0,
    windowMs: 1,
    rate: null,
    untilGone: false,
    seed: 7,
  };
  return createFeed(plan);
}

const bodyOf = (bytes: Buffer | undefined) => String(bytes).split('\r\n\r\n')[1] ?? '';

describe('the bodies', () => {
  it.each([
    [1, 1_300, 1_900],
    [10, 10_000, 12_500],
    [100, 100_000, 125_000],
  ])('with %i alerts are about as long as captured ones', (alerts, least, most) => {
    const { bytes } = requestOf(target, notificationBody('prod', seriesOf(fleet).slice(0, alerts)));
    expect(bytes.length).toBeGreaterThan(least);
    expect(bytes.length).toBeLessThan(most);
  });

  it('are notifications about different services', () => {
    const series = seriesOf(fleet);
    expect(new Set(series.map(({ service, alertName }) => `${service}/${alertName}`)).size).toBe(1000);
    const { alerts, version } = JSON.parse(notificationBody('prod', series.slice(0, 3))) as {
      alerts: { labels: object }[];
      version: string;
    };
    expect(version).toBe('4');
    expect(alerts.map(({ labels }) => labels)).toMatchObject(series.slice(0, 3).map(({ service }) => ({ ecs_service: service })));
  });

  it('differ in every id they carry, and in nothing else', () => {
    const template = requestOf(target, notificationBody('prod', seriesOf(fleet).slice(0, 2)));
    const first = String(stamp(template, idOf(3, 17)));
    const second = String(stamp(template, idOf(3, 18)));
    expect(template.ids.length).toBe(3);
    expect(first).not.toBe(second);
    expect(first.replaceAll('bench-0003-00000017', 'bench-0003-00000018')).toBe(second);
    expect(Number(/Content-Length: (\d+)/.exec(first)?.[1])).toBe(Buffer.byteLength(bodyOf(Buffer.from(first))));
  });
});

describe('the workloads', () => {
  it('never send the same new body twice', () => {
    const feed = feedOf({ kind: 'new', alerts: 1 });
    const bodies = [1, 2].flatMap((connection) =>
      Array.from({ length: 300 }, (_, count) => String(feed.next(connection - 1, count + 1)?.bytes)),
    );
    expect(new Set(bodies).size).toBe(600);
  });

  it('send every series of the fleet once, and then nothing', () => {
    const feed = feedOf({ kind: 'once', alerts: 10 });
    const sent = Array.from(
      { length: 100 },
      (_, count) => JSON.parse(bodyOf(feed.next(0, count + 1)?.bytes)) as { alerts: { labels: Record<string, string> }[] },
    );
    const names = sent.flatMap(({ alerts }) => alerts.map(({ labels }) => `${labels.alertname}/${labels.ecs_service}`));
    expect(new Set(names).size).toBe(1000);
    expect(feed.next(0, 101)).toBeUndefined();
  });

  it('repeat as many bodies as they were told, byte for byte', () => {
    const feed = feedOf({ kind: 'repeated', alerts: 10, distinct: 20, newShare: 0, form: 'notification' });
    const bodies = Array.from({ length: 1000 }, (_, count) => feed.next(0, count));
    expect(new Set(bodies.map((next) => String(next?.bytes))).size).toBe(20);
    expect(bodies.every((next) => next?.isNew === false)).toBe(true);
  });

  it('mix sizes and repetitions by their shares', () => {
    const feed = feedOf({ kind: 'mixed', repeatShare: 0.3 });
    const sent = Array.from({ length: 5000 }, (_, count) => feed.next(0, count));
    const share = (holds: (next: { alerts: number; isNew: boolean }) => boolean) =>
      sent.filter((next) => next && holds(next)).length / 5000;
    expect(share(({ alerts }) => alerts === 1)).toBeCloseTo(0.7, 1);
    expect(share(({ alerts }) => alerts === 100)).toBeCloseTo(0.05, 1);
    expect(share(({ isNew }) => !isNew)).toBeCloseTo(0.3, 1);
  });

  it('draw the first service most often, and the same ones for the same seed', () => {
    const draws = (seed: number) => {
      const draw = zipf(200, seeded(seed));
      return Array.from({ length: 20_000 }, draw);
    };
    const counts = new Array<number>(200).fill(0);
    for (const drawn of draws(1)) counts[drawn] = (counts[drawn] ?? 0) + 1;
    expect((counts[0] ?? 0) / (counts[1] ?? 1)).toBeCloseTo(2, 0);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(190);
    expect(draws(1)).toEqual(draws(1));
    expect(draws(1)).not.toEqual(draws(2));
  });
});

describe('the answers', () => {
  const head = 'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n';
  it.each([
    ['with a length', `${head}Content-Length: 5\r\n\r\nhello`],
    ['without a body', `${head}content-length: 0\r\n\r\n`],
    ['in chunks', `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
  ])('are whole with their last byte and not before: %s', (_, answer) => {
    const bytes = Buffer.from(answer);
    expect(answerLength(bytes)).toBe(bytes.length);
    expect(answerLength(bytes.subarray(0, -1))).toBeUndefined();
    expect(statusOf(bytes)).toBe(202);
  });
});
