import { describe, expect, it } from 'vitest';
import { startCommand } from '../stage/agent-process.ts';
import { faultsOf } from './bench.ts';
import { judge } from './figure.ts';
import type { LoadResult } from './load/plan.ts';
import { parseMetrics } from './programs.ts';
import { type BenchReport, number, renderTable, withBlock } from './report.ts';

const report: BenchReport = {
  startedAt: '2026-01-01T00:00:00.000Z',
  command: 'npm run bench',
  machine: {
    processor: 'a processor',
    cores: 2,
    memoryGiB: 8,
    kernel: '6.1',
    node: 'v24',
    fileSystem: 'ext4',
    pinning: 'nothing is pinned',
  },
  loadBefore: '0.1',
  loadAfter: '0.2',
  rounds: 3,
  seconds: 5,
  figures: [
    judge({
      id: 'one',
      title: 'acks',
      unit: '/s',
      floor: { name: 'Express', values: [10_000, 20_000, 10_000] },
      product: { name: 'agent', values: [9_000, 10_000, 9_500] },
      goal: { compare: 'at least', value: 0.75, aim: 1.05 },
      invalid: [],
      notes: ['a note'],
    }),
    judge({
      id: 'two',
      title: 'duplicates',
      unit: '/s',
      floor: { name: 'Alertmanager', values: [] },
      product: { name: 'agent', values: [123_456] },
      goal: { compare: 'at least', value: 5 },
      invalid: ['SKIPPED, there is no Alertmanager here'],
      notes: [],
    }),
  ],
};

const window: LoadResult = {
  kind: 'done',
  seconds: 5,
  accepted: 100,
  alerts: 100,
  refused: {},
  broken: 0,
  latencyMs: { p50: 1, p90: 2, p99: 3, most: 4 },
  acknowledged: [100],
  busy: 0.5,
};

describe('the report', () => {
  it('prints the goal beside the measured ratio, and no score for what is invalid', () => {
    const table = renderTable(report);
    expect(table).toContain('0.90 (0.50–0.95)');
    expect(table).toContain('≥ 0.75 ×');
    expect(table).toMatch(/acks.*met/);
    expect(table).toMatch(/duplicates.*INVALID/);
    expect(table).not.toContain('123,456');
    for (const word of ['a note', 'SKIPPED', 'a processor', 'load average before 0.1']) expect(table).toContain(word);
  });

  it('replaces the generated block of a page and nothing else', () => {
    const page = 'before\n<!-- generated:bench -->\nold\n<!-- /generated -->\nafter\n';
    const written = withBlock(page, report);
    expect(written).toMatch(/^before\n/);
    expect(written).toMatch(/\nafter\n$/);
    expect(written).toContain('| acks | Express: 10,000 /s (10,000–20,000) |');
    expect(written).not.toContain('old');
    expect(withBlock(written, report)).toBe(written);
    expect(() => withBlock('no block', report)).toThrow('no block');
  });

  it.each([
    [123_456.7, '123,457'],
    [123.4, '123'],
    [12.34, '12.3'],
    [0.123, '0.12'],
    [Number.NaN, '–'],
  ])('writes %d as %s', (value, text) => {
    expect(number(value)).toBe(text);
  });
});

describe('a window of load', () => {
  it('means something when everything was accepted', () => {
    expect(faultsOf(window, 1)).toEqual([]);
    expect(faultsOf({ ...window, busy: 0.99 }, 0.98)).toEqual([]);
  });

  it.each([
    ['a refusal', { refused: { 503: 2 } }, 1, '2 answers of 503'],
    ['a request without an answer', { broken: 1 }, 1, '1 requests without an answer'],
    ['silence', { accepted: 0 }, 1, 'not one request'],
    ['a generator at its end', { busy: 0.99 }, 0.5, 'the load generator was the bottleneck'],
  ])('means nothing after %s', (_, change, share, fault) => {
    expect(faultsOf({ ...window, ...change }, share).join()).toContain(fault);
  });
});

describe('the agent under measurement', () => {
  it('is started with the words of npm start', () => {
    expect(startCommand().at(-1)).toBe('agent/main.ts');
  });

  it('tells its metrics by name and labels', () => {
    const page = '# HELP a b\n# TYPE a gauge\na 1\nb{c="d e"} 2.5\n';
    expect(parseMetrics(page)).toEqual(
      new Map([
        ['a', 1],
        ['b{c="d e"}', 2.5],
      ]),
    );
  });
});
