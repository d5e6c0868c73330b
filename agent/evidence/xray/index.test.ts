import type { RequestListener } from 'node:http';
import { XRayClient } from '@aws-sdk/client-xray';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calm, question } from '../../testing/question.ts';
import { type KeptTrace, speakingXray, type XrayOptions } from '../../testing/xray-server.ts';
import { describeEvidenceSource } from '../source.contract.ts';
import type { EvidenceAnswer, EvidenceSource } from '../source.ts';
import { startUpstream, type Upstream } from '../upstream.contract.ts';
import { xray } from './index.ts';

const second = (time: string) => Date.parse(`2026-11-21T${time}Z`) / 1_000;

interface Request {
  time: string;
  seconds?: number;
  failed?: boolean;
  callee?: string;
}
/** storefront → checkout → stock; checkout's call is a subsegment of its own. */
function trace(nth: number, { time, seconds = 0.02, failed = false, callee = 'stock' }: Request): KeptTrace {
  const start_time = second(time);
  const fault = failed ? { fault: true } : {};
  const own = (id: string, longer: number) => ({ id, start_time, end_time: start_time + seconds + longer });
  return {
    id: `1-${start_time.toString(16)}-${String(nth).padStart(24, '0')}`,
    segments: [
      { ...own('a', 0.02), name: 'storefront', http: { request: { method: 'GET' } } },
      {
        ...own('b', 0.01),
        ...fault,
        name: 'checkout',
        parent_id: 'a',
        subsegments: [{ ...own('c', 0.001), ...fault, name: callee, namespace: 'remote' }],
      },
      { ...own('d', 0), ...fault, name: callee, parent_id: 'c' },
    ],
  };
}
const old = [trace(1, { time: '09:50:00' }), trace(2, { time: '09:51:00' })];
const kept = [
  ...old,
  trace(3, { time: '10:01:00' }),
  trace(4, { time: '10:02:00', seconds: 0.9 }),
  trace(5, { time: '10:03:00', failed: true }),
];
const holding = (traces: readonly KeptTrace[], more: Partial<XrayOptions> = {}) => speakingXray({ traces, ...more });

function clientAt(url: string): XRayClient {
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test' };
  return new XRayClient({ endpoint: url, region: 'eu-central-1', credentials, maxAttempts: 2 });
}
function sourceOf(client: XRayClient, settings: object = {}): EvidenceSource {
  const source = xray.create(xray.config.parse({ enabled: true, ...settings }), { xray: client });
  if (source === undefined) throw new Error('the source is off');
  return source;
}

describeEvidenceSource('xray', {
  create: (url) => sourceOf(clientAt(url)),
  question,
  upstream: { found: holding(kept), nothing: holding([]), truncated: holding(kept, { denied: ['BatchGetTraces'] }) },
});

describe('xray', () => {
  let upstream: Upstream;
  let client: XRayClient;
  beforeAll(async () => {
    upstream = await startUpstream();
    client = clientAt(upstream.url);
  });
  afterAll(async () => {
    client.destroy();
    await upstream.close();
  });

  const ask = (listener: RequestListener, settings: object = {}, asked = question): Promise<EvidenceAnswer> => {
    upstream.answer(listener);
    return sourceOf(client, settings).ask(asked, calm);
  };
  const edges = (answer: EvidenceAnswer) => answer.facts.filter((fact) => fact.kind === 'call-edge');
  const spans = (answer: EvidenceAnswer) => answer.facts.filter((fact) => fact.kind === 'span');

  it('is off until it is turned on', () => {
    expect(xray.create(xray.config.parse(undefined), { xray: client })).toBeUndefined();
  });

  it('draws the graph with faults and mean times, without those who call from outside', async () => {
    const answer = await ask(holding(kept));
    expect(answer).toMatchObject({ status: 'found', detail: '' });
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
  });

  it('keeps a call that no longer happens, without figures', async () => {
    const answer = await ask(holding([trace(1, { time: '09:50:00', callee: 'ledger' }), trace(2, { time: '10:01:00' })]));
    expect(edges(answer).at(-1)).toMatchObject({ caller: 'checkout', callee: 'ledger', calls: null, errors: null, latencySeconds: null });
    expect(edges(answer)).toHaveLength(3);
  });

  it('reports failed segments and calls first, then those far slower than their kind was before', async () => {
    const answer = await ask(holding(kept));
    expect(spans(answer).map(({ service, name, status }) => [service, name, status])).toEqual([
      ['checkout', 'checkout', 'error'],
      ['checkout', 'stock', 'error'],
      ['stock', 'stock', 'error'],
      ['stock', 'stock', 'ok'],
      ['checkout', 'stock', 'ok'],
      ['checkout', 'checkout', 'ok'],
      ['storefront', 'GET storefront', 'ok'],
    ]);
    expect(spans(answer)[3]).toMatchObject({ parent: 'c', start: second('10:02:00'), durationMs: 900, trace: kept[3]?.id });
  });

  it('says what it cost and how many traces X-Ray went through', async () => {
    const { cost } = await ask(holding(kept));
    expect(cost).toMatchObject({ calls: 8, bytes: expect.any(Number), scanned: 8, unit: 'traces' });
  });

  it.each([
    ['GetServiceGraph', 'allow xray:GetServiceGraph', 'span'],
    ['GetTraceSummaries', 'allow xray:GetTraceSummaries', 'call-edge'],
    ['BatchGetTraces', 'allow xray:BatchGetTraces', 'call-edge'],
  ])('names the permission that is missing for %s and keeps the rest', async (operation, hint, rest) => {
    const answer = await ask(holding(kept, { denied: [operation] }));
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('auth: ');
    expect(answer.detail).toContain(`(${hint})`);
    expect(answer.facts.some(({ kind }) => kind === rest)).toBe(true);
  });

  it('fails when nothing is permitted', async () => {
    const answer = await ask(holding(kept, { denied: ['GetServiceGraph', 'GetTraceSummaries', 'BatchGetTraces'] }));
    expect(answer).toMatchObject({ status: 'failed', facts: [] });
  });

  it('follows pages, and says where it stopped', async () => {
    expect(edges(await ask(holding(kept, { pageSize: 1 })))).toHaveLength(2);
    const answer = await ask(holding(kept, { pageSize: 1 }), { maxPages: 2 });
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('only the first 2 pages were read');
  });

  it('reads the youngest failed traces and the longest others, five at a time', async () => {
    const many = Array.from({ length: 14 }, (_, index) => trace(10 + index, { time: `10:01:${10 + index}`, failed: true }));
    const ids: unknown[][] = [];
    const seen = (operation: string, input: Record<string, unknown>) => {
      if (operation === 'BatchGetTraces') ids.push(input.TraceIds as unknown[]);
    };
    const slow = Array.from({ length: 9 }, (_, index) => trace(50 + index, { time: '10:01:00', seconds: 2 + index }));
    const answer = await ask(holding([...old, ...many, ...slow], { seen }), { maxTraces: 7 });
    expect(answer.detail).toContain('only 7 of 14 traces were read');
    expect(ids.every((one) => one.length <= 5)).toBe(true);
    const times = spans(answer)
      .filter(({ status }) => status === 'error')
      .map(({ start }) => start);
    expect(Math.min(...times)).toBe(second('10:01:17'));
    const longest = spans(answer).filter(({ service, status }) => service === 'stock' && status === 'ok');
    expect(longest.map(({ durationMs }) => durationMs)).toEqual([10_000, 9_000, 8_000, 7_000, 6_000, 5_000, 4_000]);
  });

  it('says how many traces and segments could not be read', async () => {
    const broken = { ...trace(6, { time: '10:04:00', failed: true }) };
    broken.segments = [...broken.segments, { id: 'x', name: 7 as unknown as string, start_time: second('10:04:00') }];
    const answer = await ask(holding([...kept, broken], { unprocessed: [kept[4]?.id ?? ''] }));
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('2 traces or segments could not be read');
    expect(spans(answer).some(({ trace: id }) => id === broken.id)).toBe(true);
  });

  it('is not misled by a segment that has not ended', async () => {
    const [front, own] = trace(7, { time: '10:04:00', failed: true }).segments;
    const running = {
      id: trace(7, { time: '10:04:00' }).id,
      segments: [front, { ...own, end_time: undefined, in_progress: true }],
    } as KeptTrace;
    const answer = await ask(holding([...old, running]));
    expect(
      spans(answer)
        .filter(({ service }) => service === 'checkout')
        .map(({ name }) => name),
    ).toEqual(['stock']);
  });

  it.each(['x") OR service("checkout', 'a"b', 'back\\slash', "it's", '{x}', 'a\nb', 'nul \u0000'])(
    'puts the name %j into no expression',
    async (name) => {
      const expressions: unknown[] = [];
      const seen = (_: string, { FilterExpression }: Record<string, unknown>) => expressions.push(FilterExpression);
      const answer = await ask(holding(kept, { seen }), {}, { ...question, focus: [name, 'checkout'] });
      expect(answer.status).toBe('truncated');
      expect(answer.detail).toContain('client: X-Ray has no services of such a name');
      expect(new Set(expressions)).toEqual(
        new Set([undefined, 'service("checkout")', 'service("checkout") { fault = true OR throttle = true }']),
      );
      expect(spans(answer).length).toBeGreaterThan(0);
    },
  );

  it('asks for the graph of one group where there is one', async () => {
    const groups: unknown[] = [];
    const seen = (operation: string, { GroupName }: Record<string, unknown>) => operation === 'GetServiceGraph' && groups.push(GroupName);
    await ask(holding(kept, { seen }), { groupName: 'prod' });
    expect(groups).toEqual(['prod', 'prod']);
  });

  it('reads nothing for a verification', async () => {
    expect(await ask(holding(kept), {}, { ...question, purpose: 'verification' })).toMatchObject({ status: 'nothing', facts: [] });
    expect(upstream.requests()).toBe(0);
  });

  it('asks about no more than six hours at a time', async () => {
    const answer = await ask(holding(kept), {}, { ...question, onset: new Date(0), baselineSeconds: 86_400 });
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toBe('the onset lies further back than 21600 s; only that much was read');
  });

  it('answers with what it has when the rest takes too long', async () => {
    const answer = await ask(
      (request, response) => {
        if (upstream.requests() === 1) holding(kept)(request, response);
      },
      { timeoutMs: 300, concurrency: 1 },
    );
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('timeout: xray: no answer within 300 ms');
    expect(edges(answer).length).toBeGreaterThan(0);
  });
});
