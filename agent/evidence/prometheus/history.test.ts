import type { RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calm, question } from '../../testing/question.ts';
import type { EvidenceAnswer } from '../source.ts';
import { sendJson, startUpstream, type Upstream } from '../upstream.contract.ts';
import { prometheus } from './index.ts';

const now = question.now.getTime() / 1_000;
const onset = question.onset.getTime() / 1_000;

interface Range {
  query: string;
  start: number;
  end: number;
  step: number;
}
type Values = [number, string][];

/** Answers instant queries with one row a service, and each range query by `range`. */
function speaking(
  range: (asked: Range) => { values?: Values; warnings?: string[]; status?: number },
  peers: readonly string[] = [],
): RequestListener {
  return async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const query = form.get('query') ?? '';
    if (request.url?.endsWith('/query')) {
      const isCall = query.startsWith('sum by (ecs_service,peer) (rate(http_client_requests_total{ecs_cluster="shop"}');
      const rows = isCall ? peers.map((peer) => ({ ecs_service: 'checkout', peer })) : [{ ecs_service: 'checkout' }];
      const time = Number(form.get('time'));
      const isNamed = isCall || query.startsWith('sum by (ecs_service) (rate(http_requests_total');
      return sendJson(response, 200, {
        status: 'success',
        data: { resultType: 'vector', result: isNamed ? rows.map((metric) => ({ metric, value: [time, '3'] })) : [] },
      });
    }
    const asked = { query, start: Number(form.get('start')), end: Number(form.get('end')), step: Number(form.get('step')) };
    const { values = [], warnings, status = 200 } = range(asked);
    if (status !== 200) return sendJson(response, status, { status: 'error', errorType: 'execution', error: 'out of luck' });
    sendJson(response, 200, {
      status: 'success',
      warnings,
      data: { resultType: 'matrix', result: values.length > 0 ? [{ metric: { ecs_service: 'checkout', peer: 'stock' }, values }] : [] },
    });
  };
}

function line({ start, end, step }: Range, value: (index: number) => string = String): Values {
  return Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => [start + index * step, value(index)]);
}

describe('the past, as Prometheus tells it', () => {
  let upstream: Upstream;
  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterAll(() => upstream.close());

  const ask = (listener: RequestListener, settings: object = {}, asked = question): Promise<EvidenceAnswer> => {
    upstream.answer(listener);
    const config = prometheus.config.parse({ url: upstream.url, historySeconds: 600, historyStepSeconds: 60, ...settings });
    return prometheus.create(config, {}).ask(asked, calm);
  };
  const noting = async (settings: object = {}, asked = question, peers: readonly string[] = []): Promise<Range[]> => {
    const seen: Range[] = [];
    const listener = speaking((range) => {
      seen.push(range);
      return { values: line(range) };
    }, peers);
    await ask(listener, settings, asked);
    return seen;
  };
  const series = (answer: EvidenceAnswer) => answer.facts.filter((fact) => fact.kind === 'series');

  it('is not read unless the settings say how long', async () => {
    expect(await noting({ historySeconds: 0 })).toEqual([]);
  });

  it('is not read for a verification, which knows the call graph all the same', async () => {
    const asked = { ...question, purpose: 'verification' } as const;
    expect(await noting({}, asked)).toEqual([]);
    const { facts } = await ask(
      speaking(() => ({}), ['stock']),
      { callEdges: [['a', 'b']] },
      asked,
    );
    const edges = facts.filter((fact) => fact.kind === 'call-edge');
    expect(edges.map(({ caller, callee }) => [caller, callee])).toEqual([
      ['a', 'b'],
      ['checkout', 'stock'],
    ]);
  });

  it('begins the asked time before the onset and ends now', async () => {
    const seen = await noting();
    expect(seen.length).toBeGreaterThan(4);
    for (const { start, end, step } of seen) expect({ start, end, step }).toEqual({ start: onset - 600, end: now, step: 60 });
  });

  it('counts over no less than a step, so that nothing falls between two points', async () => {
    const [first] = await noting({ historyStepSeconds: 120 });
    expect(first?.query).toContain('[120s]');
    const [fine] = await noting({ historyStepSeconds: 5 });
    expect(fine?.query).toContain('[45s]');
  });

  it('asks about the service in focus and those beside it, ten at a time, and says when there are too many', async () => {
    const peers = Array.from({ length: 14 }, (_, index) => `peer-${index}`);
    const seen = await noting({}, question, peers);
    const named = (query: string) => new Set(query.match(/ecs_service="[^"]+"/g));
    expect(seen.every(({ query }) => named(query).size <= 10)).toBe(true);
    expect(new Set(seen.flatMap(({ query }) => [...named(query)])).size).toBe(15);
    const cut = await ask(
      speaking((range) => ({ values: line(range) }), peers),
      { historyMaxServices: 4 },
    );
    expect(cut.status).toBe('found');
    expect(cut.detail).toBe('series of only 4 of 15 services were read');
  });

  it('asks about neighbours that only the settings know', async () => {
    const seen = await noting({ callEdges: [['gateway', 'checkout']] });
    expect(seen.some(({ query }) => query.includes('ecs_service="gateway"'))).toBe(true);
  });

  it('reads what is no number, and what is missing, as null', async () => {
    const odd = ['NaN', '+Inf', '-Inf', '1.23456789'];
    const answer = await ask(
      speaking((range) => ({ values: line(range, (index) => odd[index % 4] ?? '').filter((_, index) => index !== 7) })),
    );
    const [first] = series(answer);
    expect(first?.points.slice(0, 8).map(([, value]) => value)).toEqual([null, null, null, 1.23457, null, null, null, null]);
    expect(first?.points).toHaveLength(16);
  });

  it('keeps a share within its limits, whatever rates extrapolate to', async () => {
    const answer = await ask(speaking((range) => ({ values: line(range, (index) => (index % 2 === 0 ? '100.4' : '-0.2')) })));
    const availability = series(answer).find(({ metric }) => metric === 'availability');
    expect(new Set(availability?.points.map(([, value]) => value))).toEqual(new Set([0, 100]));
  });

  it('takes no past that is known in part, as of a store that did not answer, and says why', async () => {
    const answer = await ask(speaking((range) => ({ values: line(range), warnings: ['a store is away'] })));
    expect(answer.status).toBe('found');
    expect(answer.detail).toMatch(/^series were left out: warning: a store is away \[\d+ of \d+ queries: series requests_per_sec/);
    expect(series(answer)).toEqual([]);
  });

  it('leaves the past out when one of its queries fails, and stays complete without it', async () => {
    const answer = await ask(speaking((range) => (range.query.includes('process_cpu') ? { status: 503 } : { values: line(range) })));
    expect(answer).toMatchObject({ status: 'found', detail: expect.stringContaining('series were left out: server: prometheus') });
    expect(series(answer)).toEqual([]);
  });

  it('keeps the signals when the past cannot be had, and says so', async () => {
    const answer = await ask(speaking(() => ({ status: 422 })));
    expect(answer.status).toBe('found');
    expect(answer.detail).toContain('client: prometheus: answered HTTP 422: execution: out of luck');
    expect(answer.facts.some(({ kind }) => kind === 'service-signal')).toBe(true);
  });

  it('takes no answer about other times', async () => {
    const answer = await ask(speaking((range) => ({ values: line({ ...range, start: range.start + 7 }) })));
    expect(answer.detail).toContain('the answer is about');
    expect(series(answer)).toEqual([]);
  });

  /** Answers each range query with a hundred rows of services nobody asked about. */
  const generous =
    (name: (index: number) => string): RequestListener =>
    async (request, response) => {
      if (request.url?.endsWith('/query')) return speaking(() => ({}))(request, response);
      const form = new URLSearchParams(await text(request));
      const range = { query: '', start: Number(form.get('start')), end: Number(form.get('end')), step: Number(form.get('step')) };
      const result = Array.from({ length: 100 }, (_, index) => ({
        metric: { ecs_service: name(index), peer: 'p' },
        values: line(range),
      }));
      sendJson(response, 200, { status: 'success', data: { resultType: 'matrix', result } });
    };

  it('keeps fewer series where one query answers more than was to be expected', async () => {
    const answer = await ask(
      generous((index) => `s${index}`),
      { historyMaxPoints: 1_000 },
    );
    expect(answer.status).toBe('found');
    expect(answer.detail).toMatch(/only \d+ of 800 series were kept/);
    expect(series(answer).reduce((sum, { points }) => sum + points.length, 0)).toBeLessThanOrEqual(1_000);
  });

  it('keeps fewer series where all of them would be more than is kept of an answer', async () => {
    const answer = await ask(
      generous((index) => `${index}`.padEnd(1_500, 'x')),
      { historyMaxPoints: 30_000 },
    );
    expect(answer.status).toBe('found');
    expect(answer.detail).toMatch(/only \d+ of \d+ series were kept/);
    expect(JSON.stringify(answer.facts).length).toBeLessThan(1_000_000);
    expect(series(answer).length).toBeGreaterThan(100);
  });

  it('stays small for fifty services and two thousand points each', async () => {
    const peers = Array.from({ length: 49 }, (_, index) => `peer-${index}`);
    const seen = await noting({ historySeconds: 120_000 }, question, peers);
    const [first] = seen;
    const perSeries = first ? (first.end - first.start) / first.step + 1 : 0;
    expect(perSeries * (50 * 6 + 49 * 2)).toBeLessThanOrEqual(20_000);
    // Minutes stay minutes, or nothing of the onset would be seen.
    expect(first?.step).toBe(60);
    expect(onset - (first?.start ?? 0)).toBeGreaterThanOrEqual(1_800);
  });

  it('sends its credential, and names it when it is refused', async () => {
    const headers: unknown[] = [];
    const refusing: RequestListener = (request, response) => {
      headers.push(request.headers.authorization);
      sendJson(response, 403, {});
    };
    const byToken = await ask(refusing, { token: 'abc' });
    expect(byToken.detail).toContain('(the bearer token must be allowed to POST /api/v1/query)');
    expect(byToken.detail).not.toContain('abc');
    const byPassword = await ask(refusing, { username: 'reader', password: 'x:y' });
    expect(byPassword.detail).toContain('(the password of reader must be allowed');
    expect(new Set(headers)).toEqual(new Set(['Bearer abc', `Basic ${Buffer.from('reader:x:y').toString('base64')}`]));
  });
});
