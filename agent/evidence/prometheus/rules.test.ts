import type { RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { calm, question } from '../../testing/question.ts';
import { sendJson, startUpstream, type Upstream } from '../upstream.contract.ts';
import { prometheus } from './index.ts';
import { shortestRange } from './rules.ts';

const rule = (name: string, more: object = {}) => ({
  type: 'alerting',
  name,
  query: 'sum by (ecs_service) (rate(http_requests_total{code=~"5.."}[5m])) > 0.05',
  duration: 120,
  ...more,
});
const groups = (...rules: object[]) => ({ status: 'success', data: { groups: [{ name: 'services', rules }] } });

let upstream: Upstream | undefined;
afterEach(() => upstream?.close());

/** Says one thing about checkout, and about rules what the test says. */
async function asked(rules: RequestListener, purpose: 'diagnosis' | 'verification' = 'diagnosis') {
  const paths: string[] = [];
  upstream = await startUpstream();
  upstream.answer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://prometheus');
    paths.push(url.pathname);
    if (url.pathname === '/api/v1/rules') return rules(request, response);
    const time = Number(new URLSearchParams(await text(request)).get('time'));
    const result = [{ metric: { ecs_service: 'checkout' }, value: [time, '2'] }];
    sendJson(response, 200, { status: 'success', data: { resultType: 'vector', result } });
  });
  const source = prometheus.create(prometheus.config.parse({ url: upstream.url, historySeconds: 0 }), {});
  const answer = await source.ask({ ...question, alertName: 'HighErrorRatio', purpose }, calm);
  return { answer, paths, facts: answer.facts.filter(({ kind }) => kind === 'alert-rule') };
}

describe('the rule of the alert', () => {
  it('is told with how long it waits and how far back it looks', async () => {
    let search = '';
    const { facts, answer } = await asked((request, response) => {
      search = decodeURIComponent(request.url ?? '');
      sendJson(response, 200, groups(rule('HighErrorRatio'), rule('HighLatency'), { type: 'recording', name: 'HighErrorRatio' }));
    });
    expect(facts).toEqual([{ kind: 'alert-rule', name: 'HighErrorRatio', forSeconds: 120, rangeSeconds: 300 }]);
    expect(answer.status).toBe('found');
    expect(search).toContain('rule_name[]=HighErrorRatio');
  });

  it.each<[string, RequestListener]>([
    ['refuses', (_, response) => sendJson(response, 403, { status: 'error' })],
    ['knows no rules', (_, response) => sendJson(response, 404, {})],
    ['answers something else', (_, response) => sendJson(response, 200, { status: 'success', data: [] })],
  ])('is missing when Prometheus %s, and the answer is complete without it', async (_, rules) => {
    const { facts, answer } = await asked(rules);
    expect(facts).toEqual([]);
    expect(answer.status).toBe('found');
    expect(answer.detail).toContain('the rule of HighErrorRatio was not read');
  });

  it('is not asked for by a verification, which looks again and again', async () => {
    const { paths } = await asked((_, response) => sendJson(response, 200, groups()), 'verification');
    expect(paths).not.toContain('/api/v1/rules');
  });
});

it.each([
  ['rate(a[5m])', 300],
  ['rate(a[1h30m])', 5400],
  ['rate(a[500ms])', 0.5],
  ['max_over_time(rate(a[5m])[1h:1m])', 300],
  ['rate(a[5m]) > 5 * quantile_over_time(0.5, a[6h] offset 10m)', 300],
  ['rate(a{path="[1s]", other=\'[2s]\'}[5m])', 300],
  ['up == 0', 0],
  ['rate(a[$__rate_interval])', 0],
  ['rate(a[5x])', 0],
])('%s forgets after %d s', (expression, seconds) => {
  expect(shortestRange(expression)).toBe(seconds);
});
