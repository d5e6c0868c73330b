import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeptLine, speakingLoki } from '../../testing/loki-server.ts';
import { calm, question } from '../../testing/question.ts';
import { describeEvidenceSource } from '../source.contract.ts';
import type { EvidenceAnswer, EvidenceSource } from '../source.ts';
import { sendJson, startUpstream, type Upstream } from '../upstream.contract.ts';
import { loki } from './index.ts';

const labels = { ecs_cluster: 'shop', ecs_service: 'checkout', ecs_task: 'aaaa' };
const line = (time: string, text: string, more: Record<string, string> = {}): KeptLine => ({
  labels: { ...labels, ...more },
  at: BigInt(Date.parse(`2026-11-21T${time}Z`)) * 1_000_000n,
  text,
});
const failing = (time: string, item: number, task = 'aaaa') =>
  line(time, JSON.stringify({ level: 50, msg: `quote of item ${item} failed` }), { ecs_task: task });
const lines = [
  line('09:50:00', '{"level":40,"msg":"cache is cold"}'),
  line('09:57:00', '{"level":40,"msg":"cache is cold"}'),
  line('09:59:00', '{"level":30,"msg":"fine"}'),
  failing('10:00:00', 1),
  failing('10:01:00', 22, 'bbbb'),
  line('10:02:00', '{"level":40,"msg":"cache is cold"}'),
  failing('10:05:00', 333),
];
const holding = (kept: readonly KeptLine[]) => speakingLoki({ tenants: { fake: kept } });

function sourceAt(url: string, settings: object = {}): EvidenceSource {
  const source = loki.create(loki.config.parse({ url, ...settings }), {});
  if (source === undefined) throw new Error('the source is off');
  return source;
}

describeEvidenceSource('loki', {
  create: (url) => sourceAt(url),
  question,
  upstream: {
    found: holding(lines),
    nothing: holding([]),
    truncated: (request, response) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://loki');
      const isBefore = BigInt(searchParams.get('start') ?? 0) < BigInt(question.onset.getTime()) * 1_000_000n;
      if (isBefore) sendJson(response, 500, {});
      else holding(lines)(request, response);
    },
  },
});

describe('loki', () => {
  let upstream: Upstream;
  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterAll(() => upstream.close());

  const ask = (listener: RequestListener, settings: object = {}, asked = question): Promise<EvidenceAnswer> => {
    upstream.answer(listener);
    return sourceAt(upstream.url, settings).ask(asked, calm);
  };
  const patterns = (answer: EvidenceAnswer) => answer.facts.filter((fact) => fact.kind === 'log-pattern');

  it('is off until it is told where Loki is', () => {
    expect(loki.create(loki.config.parse(undefined), {})).toBeUndefined();
  });

  it('counts each kind of warning and error since the onset and for as long before, new kinds first', async () => {
    const answer = await ask(holding(lines));
    expect(answer.facts).toEqual([
      {
        kind: 'log-pattern',
        service: 'checkout',
        level: 'error',
        template: 'quote of item <*> failed',
        sample: 'quote of item 1 failed',
        count: 3,
        countBefore: 0,
        firstAt: '2026-11-21T10:00:00.000Z',
        taskIds: ['aaaa', 'bbbb'],
      },
      expect.objectContaining({ level: 'warn', template: 'cache is cold', count: 1, countBefore: 1, firstAt: '2026-11-21T09:50:00.000Z' }),
    ]);
    expect(answer.cost).toMatchObject({ calls: 2, scanned: 7, unit: 'lines' });
  });

  it('takes the level from beside the line, then from the line', async () => {
    const answer = await ask(
      holding([
        line('10:01:00', 'connection refused', { level: 'error' }),
        line('10:01:01', 'an error-free day', { detected_level: 'info' }),
        line('10:01:02', 'WARN the disk fills', { detected_level: 'unknown' }),
      ]),
    );
    expect(patterns(answer).map(({ level, template }) => [level, template])).toEqual([
      ['error', 'connection refused'],
      ['warn', 'WARN the disk fills'],
    ]);
  });

  it('reads page after page and each line once, also where a page ends within a moment', async () => {
    const many = Array.from({ length: 25 }, (_, index) => ({ ...failing('10:01:00', index), text: `error number ${index}` }));
    const spread = many.map((one, index) => ({ ...one, at: one.at + BigInt(Math.floor(index / 4)) }));
    const answer = await ask(holding(spread), { pageLines: 6 });
    expect(answer).toMatchObject({ status: 'found', detail: '' });
    expect(patterns(answer)[0]?.count).toBe(25);
    expect(upstream.requests()).toBeGreaterThan(4);
  });

  it('says so when more lines bear one moment than a page holds', async () => {
    const many = Array.from({ length: 9 }, (_, index) => ({ ...failing('10:01:00', 0), text: `error number ${index}` }));
    const answer = await ask(holding([...many, failing('10:02:00', 1)]), { pageLines: 4 });
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('logs of checkout: more than 4 lines at 2026-11-21T10:01:00.000Z');
    expect(patterns(answer).map(({ count }) => count)).toEqual([4, 1]);
  });

  it('stops at its limit of pages and says so', async () => {
    const many = Array.from({ length: 50 }, (_, index) => ({ ...failing('10:01:00', 1), at: failing('10:01:00', 1).at + BigInt(index) }));
    const answer = await ask(holding(many), { pageLines: 5, maxPages: 3 });
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('only the first 3 pages from 2026-11-21T10:00:00.000Z on were read');
  });

  it('passes on what Loki says against the number of lines asked for', async () => {
    const answer = await ask(speakingLoki({ tenants: { fake: lines }, maxLimit: 100 }));
    expect(answer).toMatchObject({ status: 'failed' });
    expect(answer.detail).toContain('client: loki: answered HTTP 400: max entries limit per query exceeded');
  });

  it('is truncated by a warning', async () => {
    const answer = await ask(speakingLoki({ tenants: { fake: lines }, warnings: ['an ingester is away'] }));
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('warning: an ingester is away');
  });

  it('reads its own tenant, and names it when it may not', async () => {
    const options = { tenants: { red: lines, blue: [] }, needsTenant: true };
    expect(await ask(speakingLoki(options), { tenant: 'red' })).toMatchObject({ status: 'found' });
    expect(await ask(speakingLoki(options), { tenant: 'blue' })).toMatchObject({ status: 'nothing' });
    const none = await ask(speakingLoki(options));
    expect(none.detail).toBe(
      'auth: loki: answered HTTP 401: no org id (no credential must be allowed to GET /loki/api/v1/query_range of no tenant)',
    );
  });

  it('sends its credential, and names it without its value when it is refused', async () => {
    const behind = speakingLoki({ tenants: { fake: lines }, authorization: 'Bearer s3cret' });
    expect(await ask(behind, { token: 's3cret' })).toMatchObject({ status: 'found' });
    const refused = await ask(behind, { token: 'wr0ng' });
    expect(refused.detail).toMatch(/^auth: .*\(the bearer token must be allowed to GET/);
    expect(JSON.stringify(refused)).not.toContain('wr0ng');
    const basic = speakingLoki({ tenants: { fake: lines }, authorization: `Basic ${btoa('reader:s3cret')}` });
    expect(await ask(basic, { username: 'reader', password: 's3cret' })).toMatchObject({ status: 'found' });
  });

  it.each([[{ token: 's3cret-token' }], [{ username: 'reader', password: 's3cret-word' }]])(
    'shows no credential that is shown to it: %j',
    async (credentials) => {
      const shown: RequestListener = (request, response) => void response.end(`<html>${request.headers.authorization} s3cret-word</html>`);
      const refused: RequestListener = (request, response) => sendJson(response, 400, { message: `bad ${request.headers.authorization}` });
      for (const listener of [shown, refused]) {
        const { detail } = await ask(listener, credentials);
        expect(detail).toContain('***');
        expect(detail).not.toContain('password' in credentials ? 's3cret-word' : 's3cret-token');
        expect(detail).not.toContain(btoa('reader:s3cret-word'));
      }
    },
  );

  it('puts the pipeline of the settings behind the selector', async () => {
    const answer = await ask(holding(lines), { pipeline: '|= "quote" != "333"' });
    expect(patterns(answer).map(({ count }) => count)).toEqual([2]);
  });

  it('reads one cluster where there is but one', async () => {
    const kept = lines.map((one) => ({ ...one, labels: { app: 'checkout' } }));
    expect(await ask(holding(kept), { clusterLabel: '', serviceLabel: 'app', taskLabel: '' })).toMatchObject({ status: 'found' });
    expect(await ask(holding(kept), { serviceLabel: 'app' })).toMatchObject({ status: 'nothing' });
  });

  it.each([
    'checkout"} |= "x',
    'a\nb',
    'back\\slash',
    '.*',
    '`',
    '{{.}}',
    'naïve-☃',
    'broken \ufffd',
    '"',
    '\\"',
    'half \ud800',
    'nul \u0000',
  ])('reads the name %j as exactly that name', async (name) => {
    const own = failing('10:01:00', 1);
    const kept = [...lines, { ...own, labels: { ...own.labels, ecs_service: name.toWellFormed() } }];
    const answer = await ask(holding(kept), {}, { ...question, focus: [name] });
    expect(answer).toMatchObject({ status: 'found', detail: '' });
    expect(patterns(answer).map(({ service, count }) => [service, count])).toEqual([[name, 1]]);
    expect(await ask(holding(kept), {}, { ...question, cluster: name })).toMatchObject({ status: 'nothing' });
  });

  it('cuts an onset that lies far back', async () => {
    const answer = await ask(holding(lines), { maxWindowSeconds: 3_600 }, { ...question, onset: new Date(0) });
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('further back than 3600 s');
  });

  it('answers with what it has when the rest takes too long', async () => {
    const answer = await ask(
      (request, response) => {
        if (upstream.requests() === 1) holding(lines)(request, response);
      },
      { timeoutMs: 300 },
    );
    expect(answer).toMatchObject({ status: 'truncated', detail: 'timeout: loki: no answer within 300 ms' });
    expect(patterns(answer)[0]).toMatchObject({ count: 3 });
  });

  it('refuses settings that would become a query of their own', () => {
    for (const settings of [
      { serviceLabel: 'a="b"' },
      { serviceLabel: '' },
      { pipeline: '} or {' },
      { tenant: 'a\r\nb' },
      { url: 'file:///x' },
    ]) {
      expect(loki.config.safeParse(settings).success, JSON.stringify(settings)).toBe(false);
    }
  });
});
