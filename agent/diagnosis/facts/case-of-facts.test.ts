import { expect, it } from 'vitest';
import { Case } from '../../testing/diagnosis-case.ts';
import { caseOfFacts } from './case-of-facts.ts';

const onset = Date.parse('2026-03-10T12:00:00.000Z') / 1000;

it('keeps series with their gaps, spans and changes as they are', () => {
  const scene = new Case()
    .drop(() => true)
    .add({
      kind: 'series',
      service: 'cart',
      metric: 'latency',
      stat: 'p95',
      unit: 's',
      points: [
        [onset - 60, 0.1],
        [onset, null],
      ],
    })
    .add({ kind: 'span', service: 'cart', trace: 't', span: 's', parent: null, name: 'GET', start: onset, durationMs: 3, status: 'error' })
    .add({ kind: 'change', changeKind: 'flag', t: onset, service: 'cart', sha: '', message: 'on', files: [], diff: '', url: '' });
  const found = caseOfFacts(scene.input('cart', 'HighLatency'));
  expect(found.alert).toMatchObject({ node: 'cart', metric: 'latency', at: onset });
  expect(found.metrics).toEqual([{ node: 'cart', metric: 'latency', stat: 'p95', t: [onset - 60, onset], v: [0.1, null] }]);
  expect(found.spans).toMatchObject([{ node: 'cart', status: 'error' }]);
  expect(found.changes).toMatchObject([{ node: 'cart', kind: 'flag', message: 'on' }]);
});

it('knows each call once, whoever saw it', () => {
  const edge = { kind: 'call-edge', origin: 'traces', windowSeconds: 60, calls: 1, errors: 0, latencySeconds: null } as const;
  const scene = new Case().drop((fact) => fact.kind !== 'call-signal' || fact.caller !== 'catalog');
  scene.add({ ...edge, caller: 'catalog', callee: 'database' }).add({ ...edge, caller: 'cart', callee: 'queue' });
  expect(caseOfFacts(scene.input('cart')).edges).toEqual([
    ['catalog', 'database'],
    ['cart', 'queue'],
  ]);
});

it('lets lines stand for the counts of a pattern, each in its window', () => {
  const scene = new Case()
    .drop(() => true)
    .log('cart', 'slow', 400, 100)
    .log('cart', 'new', 3, 0);
  const { logs } = caseOfFacts(scene.input('cart'));
  const count = (msg: string, from: number, to: number) => logs.filter((line) => line.msg === msg && line.t >= from && line.t < to).length;
  expect([count('slow', onset - 120, onset), count('slow', onset, onset + 120)]).toEqual([5, 20]);
  expect([count('new', onset - 120, onset), count('new', onset, onset + 120)]).toEqual([0, 3]);
});

it('takes a deployment for a change only when the commit it was built from is known', () => {
  const scene = new Case().deployed('cart', 'cart:2', -60);
  expect(caseOfFacts(scene.input('cart')).changes).toEqual([]);
  scene.add({ kind: 'task-definition', service: 'cart', taskDefinition: 'cart:2', registeredAt: null, sha: 'abc1234', containers: [] });
  expect(caseOfFacts(scene.input('cart')).changes).toEqual([{ t: onset - 60, node: 'cart', sha: 'abc1234', kind: 'deploy' }]);
});

it('tells a deployment once, though both the history of revisions and the deployments know it', () => {
  const sha = '0f1e2d3c4b5a69788796a5b4c3d2e1f000112233';
  const scene = new Case().deployed('cart', 'cart:2', -60);
  scene.add({ kind: 'task-definition', service: 'cart', taskDefinition: 'cart:2', registeredAt: null, sha, containers: [] });
  scene.add({ kind: 'change', changeKind: 'deploy', t: onset - 60, service: 'cart', sha, message: '', files: [], diff: '', url: '' });
  expect(caseOfFacts(scene.input('cart')).changes).toHaveLength(1);
});

it('gives a change without a commit a name of its own', () => {
  const scene = new Case();
  scene.add({ kind: 'change', changeKind: 'config', t: onset - 60, service: 'cart', sha: '', message: '', files: [], diff: '', url: '' });
  expect(caseOfFacts(scene.input('cart')).changes[0]?.sha).toBe(`cart@${onset - 60}`);
});
