import { expect, it } from 'vitest';
import { Case } from '../agent/diagnosis/case/case.ts';
import { createRandom } from '../chaos/crash/random.ts';
import { measuredOf } from './figure.ts';
import { disturb, rename, shift, shuffle, summaryAsLog } from './perturb.ts';
import { comparison, otherWords, translated } from './suites/copies.ts';

const question = Case.parse({
  id: 'a',
  alert: { node: 'cartservice', metric: 'latency', stat: 'p95', at: 100, summary: 'cartservice is slow, says the cart team' },
  edges: [
    ['shop', 'cartservice'],
    ['cartservice', 'db'],
  ],
  metrics: [
    { node: 'cartservice', metric: 'client_latency:db', t: [1, 2], v: [1, null] },
    { node: 'db', metric: 'latency:cartservice', t: [1], v: [3] },
    { node: 'db', metric: 'availability', t: [1], v: [99] },
  ],
  logs: [{ t: 5, node: 'db', msg: 'carting away: Cart lost, cartservice gone' }],
  spans: [{ trace: 't', span: 's', node: 'shop', name: 'GET /cart', start: 3, durationMs: 1 }],
  changes: [{ t: 7, node: '', sha: 'abc', message: 'cart: faster', files: ['services/cart/db.go'], kind: 'commit' }],
});

it('gives every node one other name, in metrics and as a word in texts too', () => {
  const { question: copy, names } = rename(question, createRandom(1));
  const [cart, db, shop] = ['cartservice', 'db', 'shop'].map((name) => names.get(name));
  expect(names.size).toBe(3);
  expect(copy.alert).toMatchObject({ node: cart, summary: `${cart} is slow, says the ${cart} team` });
  expect(copy.edges).toEqual([
    [shop, cart],
    [cart, db],
  ]);
  expect(copy.metrics.map(({ node, metric }) => [node, metric])).toEqual([
    [cart, `client_latency:${db}`],
    [db, `latency:${cart}`],
    [db, 'availability'],
  ]);
  expect(copy.logs[0]?.msg).toBe(`carting away: ${cart} lost, ${cart} gone`);
  expect(copy.changes[0]).toMatchObject({ node: '', message: `${cart}: faster`, files: [`services/${cart}/${db}.go`], sha: 'abc' });
  const { logs, ...rest } = copy;
  expect(JSON.stringify(rest)).not.toMatch(/cart|shop|"db/);
  expect(rename(question, createRandom(1)).question).toEqual(copy);
});

it('shuffles lists and loses nothing', () => {
  const many = { ...question, logs: Array.from({ length: 50 }, (_, t) => ({ t, node: 'db', level: '', msg: String(t) })) };
  const copy = shuffle(many, createRandom(2));
  expect(copy.logs.map(({ t }) => t)).not.toEqual(many.logs.map(({ t }) => t));
  expect(copy.logs.map(({ t }) => t).sort((one, other) => one - other)).toEqual(many.logs.map(({ t }) => t));
  expect({ ...copy, logs: [] }).toMatchObject({ id: 'a', alert: question.alert });
});

it('moves all times together', () => {
  const { alert, metrics, logs, spans, changes } = shift(question, 10);
  expect([alert.at, metrics[0]?.t, logs[0]?.t, spans[0]?.start, changes[0]?.t]).toEqual([110, [11, 12], 15, 13, 17]);
});

it('disturbs what is missing in availability, not the hundred', () => {
  const [first, second, third] = disturb(question, createRandom(3), { spread: 0.1, lost: 0 }).metrics;
  expect(first?.v[1]).toBeNull();
  expect(Math.abs((second?.v[0] ?? 0) - 3)).toBeLessThanOrEqual(0.3);
  expect(Math.abs((third?.v[0] ?? 0) - 99)).toBeLessThanOrEqual(0.1);
  expect(
    disturb(question, createRandom(3), { spread: 0, lost: 1 })
      .metrics.flatMap(({ v }) => v)
      .every((value) => value === null),
  ).toBe(true);
});

it('puts the text of the alert into the log', () => {
  const { alert, logs } = summaryAsLog(question);
  expect(alert).toEqual({ node: 'cartservice', metric: 'latency', stat: 'p95', at: 100 });
  expect(logs.at(-1)).toMatchObject({ t: 100, node: 'cartservice', msg: question.alert.summary });
});

it('finds an answer the same after its names were put back, and another one not', () => {
  const copy = otherWords(question, 5, 0);
  const answer = (node: string) => ({
    id: 'a',
    ranked: [{ node, score: 1, evidence: [] }],
    cause: 'overload',
    confidence: 0.7,
    change: 'none',
    action: 'none',
    abstain: false,
    reason: '',
  });
  const back = translated(answer(copy.question.alert.node), copy);
  const isSame = (before: typeof back) => {
    const { figure, misses } = comparison('own', [before], [back], null);
    return measuredOf(figure) === 1 && misses.length === 0;
  };
  expect(isSame(answer('cartservice'))).toBe(true);
  expect(isSame(answer('db'))).toBe(false);
  expect(isSame({ ...answer('cartservice'), abstain: true })).toBe(false);
  expect(isSame({ ...answer('cartservice'), confidence: 0.8 })).toBe(false);
});
