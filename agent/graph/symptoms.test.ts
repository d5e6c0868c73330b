import { expect, it } from 'vitest';
import type { Evidence, Fact } from '../domain/evidence.ts';
import { EvidenceId } from '../domain/ids.ts';
import { Case } from '../testing/diagnosis-case.ts';
import { samplesOf } from './facts.ts';
import { withSymptoms, withSymptomsSeen } from './symptoms.ts';

const limits = { errorRatio: 0.05, latencyP95Seconds: 0.5, recentSeconds: 120 };

function evidenceOf(scene: Case): Evidence[] {
  const about = { source: 'prometheus', question: '', from: '', to: '', status: 'found', detail: '', durationMs: 0 } as const;
  return [{ id: EvidenceId.parse('e1'), ...about, facts: [...scene.facts.values()] as Fact[] }];
}
function illIn(scene: Case, service = 'checkout') {
  const evidence = evidenceOf(scene);
  return withSymptoms(samplesOf(evidence, [service]), evidence, limits)[0]?.symptoms ?? [];
}
const quote = (readings: Parameters<Case['route']>[3]) =>
  new Case().route('checkout', 'POST', '/quote', {
    'error-ratio': [0, 0],
    'latency-p95': [0.05, 0.05],
    'request-rate': [4, 4],
    ...readings,
  });

it('finds nothing ill in a shop that is well', () => {
  expect(illIn(quote({}))).toEqual([]);
});

it('finds a route that fails or is slow, however small its share of the service is', () => {
  const part = 'route POST /quote';
  expect(illIn(quote({ 'error-ratio': [1, 0] }))).toEqual([{ part, signal: 'errorRatio', value: 1, wellUpTo: 0.05 }]);
  expect(illIn(quote({ 'latency-p95': [3, 0.1] }))).toEqual([{ part, signal: 'latencyP95', value: 3, wellUpTo: 0.5 }]);
});

it.each<[string, Parameters<Case['route']>[3]]>([
  ['failed as much before', { 'error-ratio': [0.2, 0.2] }],
  ['has always been slow', { 'latency-p95': [3, 2.9] }],
  ['is asked too seldom to tell', { 'error-ratio': [1, 0], 'latency-p95': [3, 0.1], 'request-rate': [0.1, 0.1] }],
  ['is not measured', { 'error-ratio': [null, 0], 'latency-p95': [null, 0.1] }],
])('takes no route for ill that %s', (_, readings) => {
  expect(illIn(quote(readings))).toEqual([]);
});

it('knows a route that was not there before the trouble', () => {
  expect(illIn(quote({ 'error-ratio': [1, null], 'request-rate': [4, null] }))).toMatchObject([{ isNew: true }]);
});

it('finds the task that does worst', () => {
  const scene = new Case()
    .task('checkout', 'checkout-0', { 'error-ratio': [0.2, 0], 'in-flight': [30, 1] })
    .task('checkout', 'checkout-1', { 'error-ratio': [0.7, 0], 'in-flight': [12, 1] });
  expect(illIn(scene)).toEqual([
    { part: 'tasks', signal: 'errorRatio', value: 0.7, wellUpTo: 0.05 },
    { part: 'tasks', signal: 'inFlight', value: 30, wellUpTo: 5 },
  ]);
});

it.each<[string, [number, number | null]]>([
  ['about as many as before', [30, 12]],
  ['a handful', [6, 0.5]],
  ['nobody knows how many before', [30, null]],
])('takes requests in flight for nothing ill when they are %s', (_, inFlight) => {
  expect(illIn(new Case().task('checkout', 'checkout-0', { 'in-flight': inFlight }))).toEqual([]);
});

it('keeps few of them, with short names', () => {
  const scene = new Case();
  for (let index = 0; index < 100; index += 1)
    scene.route('checkout', 'GET', `/${index}/${'x'.repeat(999)}`, { 'error-ratio': [1, 0], 'request-rate': [4, 4] });
  const found = illIn(scene);
  expect(found).toHaveLength(10);
  for (const { part } of found) expect(part.length).toBeLessThanOrEqual(200);
});

it('tells what has become of them, and of nothing else', () => {
  const evidence = evidenceOf(quote({ 'error-ratio': [1, 0] }).task('checkout', 'checkout-1', { 'latency-p95': [2, 0.1] }));
  const before = withSymptoms(samplesOf(evidence, ['checkout', 'cart']), evidence, limits);
  const seenIn = (scene: Case) => withSymptomsSeen(samplesOf(evidenceOf(scene), ['checkout', 'cart']), evidenceOf(scene), before);
  const valuesIn = (scene: Case) => seenIn(scene)[0]?.symptoms?.map(({ value }) => value);
  expect(valuesIn(quote({ 'error-ratio': [0.01, 0] }).task('checkout', 'checkout-0', { 'latency-p95': [0.3, 0.1] }))).toEqual([0.3, 0.01]);
  // A route that nobody asks any more, and a service none of whose tasks is measured, say nothing.
  expect(valuesIn(new Case())).toEqual([0.04, null]);
  expect(valuesIn(quote({}).drop(({ kind }) => kind === 'task-signal'))).toEqual([null, 0]);
  expect(seenIn(new Case())[1]).not.toHaveProperty('symptoms');
});
