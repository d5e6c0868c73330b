/** The queries against a true Prometheus over samples written by promtool: PromQL's own rules decide, not our idea of them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallEdge, EvidenceQuestion, Fact, MetricSeries, SignalName } from '../../domain/evidence.ts';
import type { EvidenceAnswer } from '../source.ts';
import { prometheus } from './index.ts';

const binary = find('prometheus', process.env.KINTSUGI_PROMETHEUS);
const promtool = find('promtool', binary && join(dirname(binary), 'promtool'));
const missing = binary === undefined || promtool === undefined;
if (missing) {
  process.stderr.write(
    '\n*** NOT TESTED against a real Prometheus: no prometheus and promtool on PATH, and KINTSUGI_PROMETHEUS names none ***\n\n',
  );
}

/** Sample times, seconds before `now`; one each 15 s, as a scrape would. */
const history = 1_800;
const scrapeSeconds = 15;
const now = new Date(Math.floor(Date.now() / 1_000 - 600) * 1_000);
const onset = new Date(now.getTime() - 300_000);
const hostile = [
  'checkout"} or vector(1) #',
  'a\nb',
  'back\\slash',
  '.*',
  'cart|checkout',
  "it's",
  '{{.}}',
  'naïve-☃',
  'broken \ufffd',
  '$1',
  '"',
  '+Inf',
];
const hostilePeer = 'ledger"} or vector(1) #';

describe.skipIf(missing)('prometheus plug-in on a real Prometheus', () => {
  let folder = '';
  let server: ChildProcess | undefined;
  let url = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kintsugi-prometheus-'));
    writeFileSync(join(folder, 'samples.txt'), samples());
    writeFileSync(join(folder, 'empty.yml'), '');
    execFileSync(promtool ?? '', ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'samples.txt'), join(folder, 'data')]);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const flags = {
      'config.file': join(folder, 'empty.yml'),
      'storage.tsdb.path': join(folder, 'data'),
      'web.listen-address': `127.0.0.1:${port}`,
    };
    server = spawn(
      binary ?? '',
      Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      { stdio: 'ignore' },
    );
    await ready(`${url}/-/ready`);
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => server?.once('exit', resolve));
    if (server?.kill('SIGKILL')) await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (question: Partial<EvidenceQuestion> = {}, settings: object = {}): Promise<EvidenceAnswer> =>
    prometheus
      .create(prometheus.config.parse({ url, ...settings }), {})
      .ask(
        { cluster: 'shop', focus: ['checkout'], onset, now, recentSeconds: 60, baselineSeconds: 600, ...question },
        new AbortController().signal,
      );

  it('parses and answers every query', async () => {
    expect(await ask()).toMatchObject({ status: 'found', detail: '' });
  });

  it('sees a service fail that was well before', async () => {
    const { facts } = await ask();
    expect(service(facts, 'checkout', 'error-ratio')).toMatchObject({ now: expect.closeTo(0.5, 2), before: 0 });
    expect(service(facts, 'checkout', 'request-rate')).toMatchObject({ now: expect.closeTo(4, 1), before: expect.closeTo(4, 1) });
    expect(service(facts, 'checkout', 'memory')).toMatchObject({ now: 2e8, before: 1e8 });
    expect(service(facts, 'checkout', 'in-flight')).toMatchObject({ now: 6, before: 6 });
    expect(service(facts, 'checkout', 'cpu')).toMatchObject({ now: expect.closeTo(0.1, 3) });
    expect(service(facts, 'checkout', 'latency-p95')).toMatchObject({ now: expect.closeTo(0.095, 3) });
  });

  it('tells tasks, routes and calls apart', async () => {
    const { facts } = await ask();
    expect(facts.find((fact) => fact.kind === 'task-signal' && fact.taskId === 't2' && fact.signal === 'error-ratio')).toMatchObject({
      now: 0.5,
    });
    expect(facts.find((fact) => fact.kind === 'route-signal' && fact.signal === 'error-ratio')).toMatchObject({
      method: 'POST',
      route: '/quote',
      now: 0.5,
    });
    expect(facts.find((fact) => fact.kind === 'call-signal' && fact.signal === 'error-ratio')).toMatchObject({
      caller: 'storefront',
      callee: 'checkout',
      now: 0.75,
      before: 0,
    });
    expect(facts.filter((fact) => fact.kind === 'reporting')).toContainEqual({ kind: 'reporting', service: 'checkout', up: 1, down: 1 });
  });

  it('counts neither 4xx nor 499 as errors', async () => {
    const { facts } = await ask();
    expect(service(facts, 'storefront', 'error-ratio')).toMatchObject({ now: 0, before: 0 });
  });

  it('has no error ratio and no latency for a service without traffic', async () => {
    const { facts } = await ask();
    expect(service(facts, 'idle', 'request-rate')).toMatchObject({ now: 0 });
    expect(service(facts, 'idle', 'error-ratio')).toMatchObject({ now: null, before: null });
    expect(service(facts, 'idle', 'latency-p95')).toMatchObject({ now: null, before: null });
  });

  it('reads a service whose last sample is old as no data, though it was well before', async () => {
    const { facts } = await ask({ recentSeconds: 300 });
    for (const signal of ['request-rate', 'error-ratio', 'memory', 'in-flight', 'cpu'] as const) {
      expect(service(facts, 'silent', signal), signal).toMatchObject({ now: null, before: expect.any(Number) });
    }
    expect(facts.some((fact) => fact.kind === 'reporting' && fact.service === 'silent')).toBe(false);
    const patient = await ask({ recentSeconds: 300 }, { staleAfterSeconds: 600 });
    expect(service(patient.facts, 'silent', 'request-rate')).toMatchObject({ now: expect.any(Number) });
  });

  it('knows how a service did before although no task of it reported at the very end of that time, as in the middle of a rollout', async () => {
    const { facts } = await ask({ onset: now });
    for (const signal of ['request-rate', 'error-ratio'] as const) {
      expect(service(facts, 'silent', signal), signal).toMatchObject({ now: null, before: expect.any(Number) });
    }
  });

  it('keeps to the cluster', async () => {
    const { facts } = await ask();
    expect(facts.some((fact) => 'service' in fact && fact.service === 'elsewhere')).toBe(false);
    expect(await ask({ cluster: 'no-such-cluster' })).toMatchObject({ status: 'nothing', facts: [] });
  });

  it.each(hostile)('reads the name %j as exactly that name', async (name) => {
    const { status, detail, facts } = await ask({ focus: [name] });
    expect({ status, detail }).toEqual({ status: 'found', detail: '' });
    expect(new Set(facts.flatMap((fact) => (fact.kind === 'task-signal' ? [fact.service] : [])))).toEqual(new Set([name]));
    expect(await ask({ cluster: name })).toMatchObject({ status: 'nothing', facts: [] });
  });

  it.each(['checkout"} or vector(1) # ', 'x"} or {__name__!=""', 'half \ud800', 'nul \u0000', '`', '\\"'])(
    'finds nothing under the unknown name %j',
    async (name) => {
      const { status, detail, facts } = await ask({ focus: [name] });
      expect({ status, detail }).toEqual({ status: 'found', detail: '' });
      expect(facts.filter((fact) => fact.kind === 'task-signal' || fact.kind === 'route-signal')).toEqual([]);
      expect(await ask({ cluster: name, focus: [] })).toMatchObject({ status: 'nothing', facts: [] });
    },
  );

  describe('as series', () => {
    const past = async (focus: string[], settings: object = {}) => {
      const answer = await ask({ focus }, { historySeconds: 900, historyStepSeconds: 60, ...settings });
      expect(answer).toMatchObject({ status: 'found', detail: '' });
      return answer.facts.filter((fact) => fact.kind === 'series');
    };

    it('reads availability, latency, traffic, CPU and memory since before the onset', async () => {
      const series = await past(['checkout']);
      expect(valuesOf(series, 'checkout', 'availability')).toSatisfy(
        (values: number[]) =>
          values.slice(0, 15).every((value) => value > 99.99) && values.slice(-4).every((value) => Math.abs(value - 50) < 1),
      );
      expect(valuesOf(series, 'checkout', 'requests_per_sec').at(-1)).toBeCloseTo(4, 1);
      expect(valuesOf(series, 'checkout', 'latency').at(-1)).toBeCloseTo(0.095, 3);
      expect(valuesOf(series, 'checkout', 'cpu_utilization').at(-1)).toBeCloseTo(10, 1);
      expect(valuesOf(series, 'checkout', 'http_requests_in_flight').at(-1)).toBe(6);
      const memory = valuesOf(series, 'checkout', 'process_resident_memory_bytes');
      expect([memory[0], memory.at(-1)]).toEqual([1e8, 2e8]);
    });

    it('reads who calls it as well, and the calls as the caller sees them', async () => {
      const series = await past(['checkout']);
      expect(new Set(series.map(({ service: name }) => name))).toEqual(new Set(['checkout', 'storefront']));
      const calls = valuesOf(series, 'storefront', 'client_availability:checkout');
      expect(calls[0]).toBe(100);
      expect(calls.at(-1)).toBeCloseTo(25, 0);
      expect(new Set(valuesOf(series, 'storefront', 'availability'))).toEqual(new Set([100]));
    });

    it('reads a name that stands in a label of others, and its past, as that name too', async () => {
      const answer = await ask({ focus: ['till'] }, { historySeconds: 900 });
      expect(answer).toMatchObject({ status: 'found', detail: '' });
      expect(answer.facts).toContainEqual(expect.objectContaining({ kind: 'call-edge', caller: 'till', callee: hostilePeer }));
      const series = answer.facts.filter((fact) => fact.kind === 'series');
      expect(valuesOf(series, 'till', `client_availability:${hostilePeer}`).at(-1)).toBe(100);
      expect(new Set(series.map((one) => one.service))).toEqual(new Set(['till', hostilePeer]));
    });

    it('keeps to one grid that ends now', async () => {
      const [first, ...others] = await past(['checkout']);
      const times = first?.points.map(([time]) => time) ?? [];
      expect(times.at(-1)).toBe(now.getTime() / 1_000);
      expect(times[0]).toBeLessThanOrEqual(onset.getTime() / 1_000 - 840);
      for (const { points } of others) expect(points.map(([time]) => time)).toEqual(times);
    });

    it('has null where there was no sample, none was a number, or nobody asked anything', async () => {
      const series = await past(['silent', 'odd', 'idle']);
      expect(valuesOf(series, 'silent', 'requests_per_sec')).toSatisfy((values) => values[0] === 5 && values.at(-1) === null);
      expect(valuesOf(series, 'odd', 'process_resident_memory_bytes')).toSatisfy((values) => values[0] === 1e8 && values.at(-1) === null);
      expect(valuesOf(series, 'idle', 'requests_per_sec').at(-1)).toBe(0);
      expect(series.filter((one) => one.service === 'idle' && ['availability', 'latency'].includes(one.metric))).toEqual([]);
    });

    it('is not taken in by a counter that begins anew', async () => {
      const values = valuesOf(await past(['restarted']), 'restarted', 'requests_per_sec');
      expect(values).toSatisfy((rates: number[]) => rates.every((rate) => rate > 1.5 && rate < 2.5));
    });

    it('grows coarser rather than larger', async () => {
      const fine = await past(['checkout']);
      const coarse = await past(['checkout'], { historyMaxPoints: 100 });
      expect(coarse.map(({ metric }) => metric)).toEqual(fine.map(({ metric }) => metric));
      expect(coarse.reduce((sum, { points }) => sum + points.length, 0)).toBeLessThanOrEqual(100);
    });

    it.each(hostile)('reads the past of %j and of no other service', async (name) => {
      const series = await past([name]);
      expect(new Set(series.map((one) => one.service))).toEqual(new Set([name]));
    });

    it.each(['checkout"} or vector(1) # ', 'x"} or {__name__!=""', '.*', 'half \ud800', '\\"'].filter((name) => !hostile.includes(name)))(
      'finds no past under the unknown name %j',
      async (name) => {
        expect(await past([name])).toEqual([]);
      },
    );

    it('says what it cost', async () => {
      const { cost } = await ask({}, { historySeconds: 900 });
      expect(cost).toMatchObject({ calls: expect.any(Number), bytes: expect.any(Number), scanned: expect.any(Number), unit: 'samples' });
      expect(cost?.calls).toBeGreaterThan(20);
      expect(cost?.scanned).toBeGreaterThan(100);
    });
  });

  it('draws the calls it sees as edges', async () => {
    const { facts } = await ask({}, { callEdges: [['checkout', 'ledger']] });
    const edges = facts.filter((fact): fact is CallEdge => fact.kind === 'call-edge' && fact.caller !== 'till');
    expect(edges.map(({ caller, callee, origin }) => [caller, callee, origin])).toEqual([
      ['checkout', 'ledger', 'configured'],
      ['storefront', 'checkout', 'metrics'],
    ]);
    expect(edges[1]).toMatchObject({ windowSeconds: 60, calls: 240, errors: 180 });
  });
});

function valuesOf(series: readonly MetricSeries[], name: string, metric: string): (number | null)[] {
  const found = series.find((one) => one.service === name && one.metric === metric);
  return found?.points.map(([, value]) => value) ?? [];
}

function service(facts: readonly Fact[], name: string, signal: SignalName): Fact | undefined {
  return facts.find((fact) => fact.kind === 'service-signal' && fact.service === name && fact.signal === signal);
}

interface Series {
  metric: string;
  labels: Record<string, string>;
  /** Value `age` seconds before now. */
  at: (age: number) => number;
  /** Age of the newest sample. */
  until?: number;
}

function samples(): string {
  const series: Series[] = [];
  const troubled = 300;
  const since = (age: number) => Math.max(0, troubled - age);
  const total = (perSecond: number) => (age: number) => (history - age) * perSecond;
  const target = (ecs_service: string, ecs_task: string) => ({ ecs_cluster: 'shop', ecs_service, ecs_task, instance: `${ecs_task}:80` });
  const add = (metric: string, labels: Record<string, string>, at: (age: number) => number, until = 0) =>
    series.push({ metric, labels, at, until });
  for (const [task, up] of [
    ['t1', 1],
    ['t2', 0],
  ] as const) {
    const labels = target('checkout', task);
    const quote = { ...labels, method: 'POST', route: '/quote' };
    add('up', labels, () => up);
    add('http_requests_total', { ...quote, code: '200' }, (age) => total(2)(age) - since(age));
    add('http_requests_total', { ...quote, code: '500' }, since);
    for (const le of ['0.1', '0.5', '+Inf']) add('http_request_duration_seconds_bucket', { ...quote, le }, total(2));
    add('http_request_duration_seconds_count', quote, total(2));
    add('http_requests_in_flight', labels, () => 3);
    add('process_resident_memory_bytes', labels, (age) => (age < troubled ? 2e8 : 1e8));
    add('process_cpu_seconds_total', labels, total(0.1));
  }
  const front = target('storefront', 's1');
  for (const code of ['200', '404', '499']) add('http_requests_total', { ...front, method: 'GET', route: '/', code }, total(1));
  add('http_client_requests_total', { ...front, peer: 'checkout', code: '200' }, (age) => total(4)(age) - 3 * since(age));
  for (const code of ['503', 'timeout', 'error']) add('http_client_requests_total', { ...front, peer: 'checkout', code }, since);
  const idle = { ...target('idle', 'i1'), method: 'GET', route: '/' };
  add('http_requests_total', { ...idle, code: '200' }, () => 7);
  for (const le of ['0.1', '+Inf']) add('http_request_duration_seconds_bucket', { ...idle, le }, () => 7);
  add('http_request_duration_seconds_count', idle, () => 7);
  const silent = target('silent', 'q1');
  add('up', silent, () => 1, 120);
  add('http_requests_total', { ...silent, method: 'GET', route: '/', code: '200' }, total(5), 120);
  add('http_requests_in_flight', silent, () => 1, 120);
  add('process_resident_memory_bytes', silent, () => 1e8, 120);
  add('process_cpu_seconds_total', silent, total(0.2), 120);
  add('http_client_requests_total', { ...target('till', 'g1'), peer: hostilePeer, code: '200' }, total(1));
  add('http_requests_total', { ...target(hostilePeer, 'h1'), method: 'GET', route: '/', code: '200' }, total(1));
  const odd = target('odd', 'o1');
  add('process_resident_memory_bytes', odd, (age) => (age < troubled ? Number.NaN : 1e8));
  const restarted = { ...target('restarted', 'r1'), method: 'GET', route: '/', code: '200' };
  add('http_requests_total', restarted, (age) => (age < troubled ? 2 * (troubled - age) : total(2)(age)));
  add('http_requests_total', { ...target('elsewhere', 'e1'), ecs_cluster: 'shop-control', code: '500' }, total(9));
  for (const name of hostile) add('http_requests_total', { ...target(name, 'h1'), method: 'GET', route: '/', code: '200' }, total(1));
  return openMetrics(series);
}

/** OpenMetrics wants the series of one metric together. */
function openMetrics(series: readonly Series[]): string {
  const lines = [...Map.groupBy(series, ({ metric }) => metric)].flatMap(([metric, members]) => [
    `# TYPE ${metric} unknown`,
    ...members.flatMap(({ labels, at, until = 0 }) => {
      const text = Object.entries(labels).map(([label, value]) => `${label}="${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`);
      const ages = Array.from({ length: (history - until) / scrapeSeconds + 1 }, (_, index) => history - index * scrapeSeconds);
      return ages.map((age) => `${metric}{${text.join(',')}} ${at(age)} ${now.getTime() / 1_000 - age}`);
    }),
  ]);
  return `${lines.join('\n')}\n# EOF\n`;
}

function find(name: string, named: string | undefined): string | undefined {
  const candidates = [named, ...(process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function ready(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
