import type { RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fact } from '../../domain/evidence.ts';
import { calm, question } from '../../testing/question.ts';
import { describeEvidenceSource } from '../source.contract.ts';
import { sendJson, startUpstream, type Upstream } from '../upstream.contract.ts';
import { prometheus } from './index.ts';

interface Asked {
  expression: string;
  /** Unix seconds. */
  time: number;
}
type Row = readonly [labels: Record<string, string>, value: string];

function success(rows: readonly Row[], time = question.now.getTime() / 1_000, more: object = {}) {
  const result = rows.map(([metric, value]) => ({ metric, value: [time, value] }));
  return { status: 'success', data: { resultType: 'vector', result }, ...more };
}

/** Answers each query by its PromQL; undefined is HTTP 500. */
function speaking(reply: (asked: Asked) => readonly Row[] | undefined, more: object = {}): RequestListener {
  return async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const time = Number(form.get('time'));
    const rows = reply({ expression: form.get('query') ?? '', time });
    if (rows === undefined) sendJson(response, 500, { status: 'error', errorType: 'internal', error: 'out of luck' });
    else sendJson(response, 200, success(rows, time, more));
  };
}

/** Answers every query with no rows and keeps it in `seen`. */
function noting(seen: Asked[]): RequestListener {
  return speaking((asked) => {
    seen.push(asked);
    return [];
  });
}

const isNow = ({ time }: Asked) => time === question.now.getTime() / 1_000;
const isErrors = ({ expression }: Asked) => expression.includes('code=~');
const requestsOf = (scope: string) => new RegExp(`^sum by \\(${scope}\\) \\(rate\\(http_requests_total`);

function checkout(asked: Asked): readonly Row[] {
  const service = { ecs_service: 'checkout' };
  if (requestsOf('ecs_service').test(asked.expression)) {
    if (isErrors(asked)) return isNow(asked) ? [[service, '2.5']] : [];
    return [[service, isNow(asked) ? '10' : '20']];
  }
  if (asked.expression.startsWith('histogram_quantile') && asked.expression.includes('by (ecs_service,le)')) return [[service, 'NaN']];
  return [];
}

describeEvidenceSource('prometheus', {
  create: (url) => prometheus.create(prometheus.config.parse({ url }), {}),
  question,
  upstream: {
    found: speaking(checkout),
    nothing: speaking(() => []),
    truncated: speaking((asked) => (asked.expression.includes('memory') ? undefined : checkout(asked))),
  },
});

describe('prometheus', () => {
  let upstream: Upstream;
  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterAll(() => upstream.close());

  const ask = (listener: RequestListener, settings: object = {}, asked = question) => {
    upstream.answer(listener);
    return prometheus.create(prometheus.config.parse({ url: upstream.url, ...settings }), {}).ask(asked, calm);
  };
  const signal = (facts: readonly Fact[], name: string) =>
    facts.find((fact) => fact.kind === 'service-signal' && fact.service === 'checkout' && fact.signal === name);

  it('compares the recent window with one that ends a recent window before the onset', async () => {
    const seen: Asked[] = [];
    await ask(noting(seen));
    const ranges = new Map(
      seen.filter(({ expression }) => expression.includes('rate(')).map(({ expression, time }) => [time, /\[\d+s\]/.exec(expression)?.[0]]),
    );
    expect([...ranges].sort()).toEqual([
      [Date.parse('2026-11-21T09:59:00Z') / 1_000, '[900s]'],
      [Date.parse('2026-11-21T10:05:00Z') / 1_000, '[60s]'],
    ]);
  });

  it('reads an error ratio as failed requests over all, and no failed requests as zero', async () => {
    const { facts } = await ask(speaking(checkout));
    expect(signal(facts, 'error-ratio')).toMatchObject({ now: 0.25, before: 0 });
    expect(signal(facts, 'request-rate')).toMatchObject({ now: 10, before: 20 });
  });

  it('reads NaN, infinities and missing rows as no data', async () => {
    const { facts } = await ask(speaking(checkout));
    expect(signal(facts, 'latency-p95')).toMatchObject({ now: null, before: null });
    expect(signal(facts, 'memory')).toMatchObject({ now: null, before: null });
    const infinite = await ask(speaking((asked) => checkout(asked).map(([labels]): Row => [labels, isNow(asked) ? '+Inf' : '-Inf'])));
    expect(signal(infinite.facts, 'request-rate')).toMatchObject({ now: null, before: null });
  });

  it('has no error ratio without traffic', async () => {
    const { facts } = await ask(speaking((asked) => checkout(asked).map(([labels]): Row => [labels, '0'])));
    expect(signal(facts, 'request-rate')).toMatchObject({ now: 0 });
    expect(signal(facts, 'error-ratio')).toMatchObject({ now: null, before: null });
  });

  it('has no error ratio when the count of failed requests could not be read', async () => {
    const answer = await ask(speaking((asked) => (isErrors(asked) ? undefined : checkout(asked))));
    expect(answer.status).toBe('truncated');
    expect(signal(answer.facts, 'error-ratio')).toMatchObject({ now: null, before: null });
    expect(signal(answer.facts, 'request-rate')).toMatchObject({ now: 10 });
    expect(answer.detail).toMatch(/server: .*HTTP 500: internal: out of luck \[8 of \d+ queries: service errors now/);
  });

  it('counts targets that are up and down, also when all are down', async () => {
    const { facts } = await ask(
      speaking(({ expression }) => {
        if (expression.startsWith('sum') && expression.includes('(up{'))
          return [
            [{ ecs_service: 'cart' }, '0'],
            [{ ecs_service: 'catalog' }, '2'],
          ];
        return expression.startsWith('count')
          ? [
              [{ ecs_service: 'cart' }, '2'],
              [{ ecs_service: 'catalog' }, '3'],
            ]
          : [];
      }),
    );
    expect(facts.filter((fact) => fact.kind === 'reporting')).toEqual([
      { kind: 'reporting', service: 'cart', up: 0, down: 2 },
      { kind: 'reporting', service: 'catalog', up: 2, down: 1 },
    ]);
  });

  it('ignores rows that lack the labels which name them', async () => {
    const answer = await ask(speaking(({ expression }) => (expression.includes('ecs_task') ? [[{ ecs_service: 'checkout' }, '1']] : [])));
    expect(answer).toMatchObject({ status: 'nothing', facts: [] });
  });

  it('asks for no tasks and routes without a focus', async () => {
    const seen: Asked[] = [];
    await ask(noting(seen), {}, { ...question, focus: [] });
    expect(seen.some(({ expression }) => expression.includes('ecs_task') || expression.includes('route'))).toBe(false);
    expect(seen.length).toBeGreaterThan(0);
  });

  it('sends no more queries at a time than it may', async () => {
    let open = 0;
    let most = 0;
    await ask(
      (_, response) => {
        open += 1;
        most = Math.max(most, open);
        setTimeout(() => {
          open -= 1;
          sendJson(response, 200, success([]));
        }, 5);
      },
      { concurrency: 3 },
    );
    expect(most).toBe(3);
  });

  it('is truncated by a warning in the reply', async () => {
    const answer = await ask(speaking(() => [[{ ecs_service: 'checkout' }, '1']], { warnings: ['a store is away'] }));
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('warning: a store is away');
  });

  it('is truncated by more rows than it may read', async () => {
    const rows = Array.from({ length: 5 }, (_, index): Row => [{ ecs_service: `s${index}` }, '1']);
    const answer = await ask(
      speaking(() => rows),
      { maxSeries: 3 },
    );
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('only 3 of 5 rows were read');
    expect(new Set(answer.facts.flatMap((fact) => (fact.kind === 'service-signal' ? [fact.service] : []))).size).toBe(3);
  });

  it('stops reading an answer that is too large, packed or not', async () => {
    const large = Buffer.from(JSON.stringify(success([[{ ecs_service: 'x'.repeat(50_000_000) }, '1']])));
    let sent = 0;
    const plain = await ask(
      (_, response) => {
        response.on('error', () => {});
        response.writeHead(200);
        const write = () => {
          const chunk = large.subarray(sent, sent + 1_000_000);
          sent += chunk.length;
          if (chunk.length === 0) response.end();
          else response.write(chunk, (error) => (error ? undefined : write()));
        };
        write();
      },
      { maxBytes: 1_000_000, concurrency: 1, timeoutMs: 20_000 },
    );
    expect(plain).toMatchObject({ status: 'failed', facts: [] });
    expect(plain.detail).toContain('larger than 1000000 bytes');
    const packed = gzipSync(large);
    const bomb = await ask((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed), { maxBytes: 1_000_000 });
    expect(bomb.detail).toContain('larger than 1000000 bytes');
  });

  it('answers with what it has when the rest takes too long', async () => {
    const answer = await ask(
      (request, response) => {
        if (upstream.requests() > 4) return;
        speaking(checkout)(request, response);
      },
      { timeoutMs: 400, concurrency: 4 },
    );
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('timeout: prometheus: no answer within 400 ms');
    expect(signal(answer.facts, 'request-rate')).toMatchObject({ now: 10 });
  });

  it('takes no answer about another moment: an old one would show a service as it once was', async () => {
    const earlier = question.now.getTime() / 1_000 - 300;
    const answer = await ask((_, response) => sendJson(response, 200, success([[{ ecs_service: 'checkout' }, '1']], earlier)));
    expect(answer).toMatchObject({ status: 'failed', facts: [] });
    expect(answer.detail).toContain(`the answer is about ${new Date(earlier * 1_000).toISOString()}`);
    const odd = await ask((_, response) => sendJson(response, 200, success([[{ ecs_service: 'checkout' }, '1']], 1e300)));
    expect(odd.detail).toContain('the answer is about no time');
  });

  it('follows no redirect', async () => {
    const answer = await ask((_, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    expect(answer).toMatchObject({ status: 'failed' });
    expect(answer.detail).toMatch(/^server: .*redirect/);
  });

  it('asks below the path of the URL', async () => {
    const paths = new Set<string>();
    await ask(
      (request, response) => {
        paths.add(request.url ?? '');
        sendJson(response, 200, success([]));
      },
      { url: `${upstream.url}/prom/` },
    );
    expect([...paths]).toEqual(['/prom/api/v1/query']);
  });

  it('reads a hostile name as a name, in the wording too', async () => {
    const seen: Asked[] = [];
    const answer = await ask(noting(seen), {}, { ...question, cluster: 'a"} or vector(1) #\n' });
    expect(seen.every(({ expression }) => expression.includes('ecs_cluster="a\\"} or vector(1) #\\n"'))).toBe(true);
    expect(answer.question).not.toContain('\n');
  });

  it('refuses a label name that is none', () => {
    expect(prometheus.config.safeParse({ url: 'http://a', serviceLabel: 'a"b' }).success).toBe(false);
    expect(prometheus.config.safeParse({ url: 'file:///etc/passwd' }).success).toBe(false);
  });
});
