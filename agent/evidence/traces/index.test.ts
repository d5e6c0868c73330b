import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeptSpan, speakingJaeger } from '../../testing/jaeger-server.ts';
import { calm, question } from '../../testing/question.ts';
import { describeEvidenceSource } from '../source.contract.ts';
import type { EvidenceAnswer, EvidenceSource } from '../source.ts';
import { sendJson, startUpstream, type Upstream } from '../upstream.contract.ts';
import { traces } from './index.ts';

const at = (time: string) => Date.parse(`2026-11-21T${time}Z`);

interface Request {
  time: string;
  ms?: number;
  failed?: boolean;
  callee?: string;
}
/** storefront → checkout → stock, with a client span at checkout. */
function trace(id: string, { time, ms = 20, failed = false, callee = 'stock' }: Request): KeptSpan[] {
  const own = { trace: id, at: at(time) };
  const error: Record<string, boolean> = failed ? { error: true } : {};
  return [
    { ...own, id: 'a', service: 'storefront', ms: ms + 20 },
    { ...own, id: 'b', parent: 'a', service: 'checkout', name: 'POST /quote', ms: ms + 10, tags: error },
    { ...own, id: 'c', parent: 'b', service: 'checkout', name: 'GET', ms: ms + 1, tags: { 'span.kind': 'client', ...error } },
    { ...own, id: 'd', parent: 'c', service: callee, name: 'GET /items', ms, tags: failed ? { 'http.status_code': 503 } : {} },
  ];
}
const spans = [
  ...trace('old-1', { time: '09:50:00' }),
  ...trace('old-2', { time: '09:51:00' }),
  ...trace('new-1', { time: '10:01:00' }),
  ...trace('new-2', { time: '10:02:00', ms: 900 }),
  ...trace('new-3', { time: '10:03:00', failed: true }),
];
const holding = (kept: readonly KeptSpan[]) => speakingJaeger({ spans: kept });

function sourceAt(url: string, settings: object = {}): EvidenceSource {
  const source = traces.create(traces.config.parse({ url, ...settings }), {});
  if (source === undefined) throw new Error('the source is off');
  return source;
}

describeEvidenceSource('traces', {
  create: (url) => sourceAt(url),
  question,
  upstream: {
    found: holding(spans),
    nothing: holding([]),
    truncated: (request, response) => {
      if (request.url?.startsWith('/api/dependencies')) sendJson(response, 500, {});
      else holding(spans)(request, response);
    },
  },
});

describe('traces', () => {
  let upstream: Upstream;
  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterAll(() => upstream.close());

  const ask = (listener: RequestListener, settings: object = {}, asked = question): Promise<EvidenceAnswer> => {
    upstream.answer(listener);
    return sourceAt(upstream.url, settings).ask(asked, calm);
  };
  const edges = (answer: EvidenceAnswer) => answer.facts.filter((fact) => fact.kind === 'call-edge');
  const found = (answer: EvidenceAnswer) => answer.facts.filter((fact) => fact.kind === 'span');

  it('is off until it is told where the traces are', () => {
    expect(traces.create(traces.config.parse(undefined), {})).toBeUndefined();
  });

  it('draws who calls whom since the onset, with failed calls and the mean time of the callee', async () => {
    const answer = await ask(holding(spans));
    expect(edges(answer)).toEqual([
      {
        kind: 'call-edge',
        caller: 'storefront',
        callee: 'checkout',
        origin: 'traces',
        windowSeconds: 300,
        calls: 3,
        errors: 1,
        latencySeconds: 0.323333,
      },
      {
        kind: 'call-edge',
        caller: 'checkout',
        callee: 'stock',
        origin: 'traces',
        windowSeconds: 300,
        calls: 3,
        errors: 1,
        latencySeconds: 0.313333,
      },
    ]);
    expect(answer.cost).toMatchObject({ calls: 4, bytes: expect.any(Number) });
  });

  it('counts a trace once, though every service in focus brings it', async () => {
    const one = await ask(holding(spans));
    const both = await ask(holding(spans), {}, { ...question, focus: ['checkout', 'stock', 'storefront'] });
    expect(edges(both)).toEqual(edges(one));
    expect(found(both)).toEqual(found(one));
  });

  it('counts a call its caller gave up on, though the callee knows of no failure', async () => {
    const [front, own, client, callee] = trace('new', { time: '10:01:00' });
    const gaveUp = [front, own, { ...client, tags: { 'span.kind': 'client', 'otel.status_code': 'ERROR' } }, callee] as KeptSpan[];
    const byCallee = new Map(edges(await ask(holding(gaveUp))).map(({ callee: name, errors }) => [name, errors]));
    expect([...byCallee]).toEqual([
      ['checkout', 0],
      ['stock', 1],
    ]);
  });

  it('keeps a call that no longer happens, and one that only the graph knows', async () => {
    const gone = [
      ...trace('old', { time: '09:50:00', callee: 'ledger' }),
      ...trace('new', { time: '10:01:00' }),
      { trace: 'x', id: '1', service: 'mail', at: at('10:01:00'), ms: 5 },
      { trace: 'x', id: '2', parent: '1', service: 'queue', at: at('10:01:00'), ms: 5 },
    ];
    expect(edges(await ask(holding(gone)))).toEqual([
      expect.objectContaining({ caller: 'storefront', callee: 'checkout', calls: 1 }),
      expect.objectContaining({ caller: 'checkout', callee: 'stock', calls: 1 }),
      expect.objectContaining({ caller: 'checkout', callee: 'ledger', calls: 1, errors: null, latencySeconds: null, windowSeconds: 1_200 }),
      expect.objectContaining({ caller: 'mail', callee: 'queue', calls: 1, errors: null, latencySeconds: null }),
    ]);
  });

  it('sees a call to what sends no spans by the name its caller gives it', async () => {
    const query = {
      trace: 't',
      id: '2',
      parent: '1',
      service: 'checkout',
      at: at('10:01:00'),
      ms: 7,
      tags: { 'span.kind': 'client', 'peer.service': 'orders-db' },
    };
    const answer = await ask(holding([{ trace: 't', id: '1', service: 'checkout', at: at('10:01:00'), ms: 9 }, query]));
    expect(edges(answer)).toEqual([expect.objectContaining({ caller: 'checkout', callee: 'orders-db', calls: 1, latencySeconds: 0.007 })]);
  });

  it('reports failed spans first, then those far slower than their kind was before', async () => {
    const answer = await ask(holding(spans));
    expect(found(answer).map(({ trace: id, service, name, status }) => [id, service, name, status])).toEqual([
      ['new-3', 'checkout', 'POST /quote', 'error'],
      ['new-3', 'checkout', 'GET', 'error'],
      ['new-3', 'stock', 'GET /items', 'error'],
      ['new-2', 'stock', 'GET /items', 'ok'],
      ['new-2', 'checkout', 'GET', 'ok'],
      ['new-2', 'checkout', 'POST /quote', 'ok'],
      ['new-2', 'storefront', 'GET /', 'ok'],
    ]);
    expect(found(answer)[3]).toMatchObject({ parent: 'c', start: at('10:02:00') / 1_000, durationMs: 900 });
  });

  it('calls nothing slow that nobody has seen before, nor what is short', async () => {
    const unknown = await ask(holding(trace('new', { time: '10:01:00', ms: 5_000 })));
    expect(found(unknown)).toEqual([]);
    const short = [...trace('old', { time: '09:50:00', ms: 1 }), ...trace('new', { time: '10:01:00', ms: 30 })];
    expect(found(await ask(holding(short)))).toEqual([]);
    expect(found(await ask(holding(short), { slowMs: 20 })).length).toBeGreaterThan(0);
  });

  it('says that it read a sample, and leaves out what is too much', async () => {
    const many = Array.from({ length: 12 }, (_, index) => trace(`new-${index}`, { time: `10:01:${10 + index}`, failed: true })).flat();
    const answer = await ask(holding(many), { maxTraces: 5, maxSpans: 4 });
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('only the youngest 5 traces were read');
    expect(answer.detail).toContain('11 more failed or slow spans were left out');
    expect(found(answer)).toHaveLength(4);
  });

  it('finds the rare failure among many traces', async () => {
    const rest = Array.from({ length: 30 }, (_, index) => trace(`new-${index}`, { time: `10:03:${10 + index}` })).flat();
    const answer = await ask(holding([...trace('rare', { time: '10:01:00', failed: true }), ...rest]), { maxTraces: 5 });
    expect(new Set(found(answer).map(({ trace: id }) => id))).toEqual(new Set(['rare']));
    expect(edges(answer).every(({ errors }) => errors === 0)).toBe(true);
  });

  it('asks for one cluster only where a tag tells it, and then not for the graph of all', async () => {
    const urls: URL[] = [];
    await ask(
      (request, response) => {
        urls.push(new URL(request.url ?? '/', 'http://jaeger'));
        holding(spans)(request, response);
      },
      { clusterTag: 'ecs.cluster' },
    );
    expect(urls.map(({ pathname }) => pathname)).toEqual(['/api/traces', '/api/traces', '/api/traces']);
    expect(urls.map(({ searchParams }) => JSON.parse(searchParams.get('tags') ?? '{}')['ecs.cluster'])).toEqual(['shop', 'shop', 'shop']);
  });

  it('is truncated by what the backend says beside its data', async () => {
    const answer = await ask(speakingJaeger({ spans, problem: 'a shard is away' }));
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('warning: a shard is away');
    expect(found(answer).length).toBeGreaterThan(0);
  });

  it('sends its credential, and says what it must be allowed when it is refused', async () => {
    const guarded = speakingJaeger({ spans, authorization: 'Bearer s3cret' });
    expect(await ask(guarded, { token: 's3cret' })).toMatchObject({ status: 'found' });
    const refused = await ask(guarded, { token: 'wr0ng' });
    expect(refused).toMatchObject({ status: 'failed' });
    expect(refused.detail).toContain('auth: traces: answered HTTP 401: no (the bearer token must be allowed to GET /api/traces)');
    expect(JSON.stringify(refused)).not.toContain('wr0ng');
  });

  it('reads nothing for a verification', async () => {
    expect(await ask(holding(spans), {}, { ...question, purpose: 'verification' })).toMatchObject({ status: 'nothing', facts: [] });
    expect(upstream.requests()).toBe(0);
  });

  it.each(['checkout&service=stock', 'a b', '{"error":"true"}', '../services', '%00', '#', 'naïve-☃\'"', 'a\nb'])(
    'reads the name %j as exactly that name',
    async (name) => {
      const kept = [...spans, { trace: 'own', id: '1', service: name, at: at('10:01:00'), ms: 5, tags: { error: true } }];
      const answer = await ask(holding(kept), {}, { ...question, focus: [name] });
      expect(answer).toMatchObject({ status: 'found', detail: '' });
      expect(found(answer).map(({ service }) => service)).toEqual([name]);
    },
  );

  it('cuts an onset that lies far back', async () => {
    const answer = await ask(holding(spans), { maxWindowSeconds: 3_600 }, { ...question, onset: new Date(0) });
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('further back than 3600 s');
  });

  it('answers with what it has when the rest takes too long', async () => {
    const answer = await ask(
      (request, response) => {
        if (upstream.requests() === 1) holding(spans)(request, response);
      },
      { timeoutMs: 300, concurrency: 1 },
    );
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('timeout: traces: no answer within 300 ms');
    expect(edges(answer).length).toBeGreaterThan(0);
  });

  it('refuses settings that would reach elsewhere', () => {
    for (const settings of [{ url: 'http://user:password@jaeger' }, { url: 'file:///x' }, { clusterTag: 'a"b' }]) {
      expect(traces.config.safeParse(settings).success, JSON.stringify(settings)).toBe(false);
    }
  });
});
