import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findDatasets } from './find.ts';
import { loadLoghub } from './loghub.ts';
import { loadNab } from './nab.ts';
import { loadPetShop } from './petshop.ts';
import { loadRootCauseBench } from './root-cause-bench.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kintsugi-data-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Record<string, string | object>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

const day = 86_400;
const rows = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => `${from + 300 * at}.0,0.${at % 10},,9${at % 10}`).join('\n');
const metrics = (from: number, count: number) =>
  `microservice,front,front,"deep, down"\nmetric,latency,requests,availability\nstatistic,Average,Sum,Average\nunix_timestamp,,,\n${rows(from, count)}\n`;

/** Incidents at day 10, their history recorded 100 days later. */
function writePetShop(folder: string): void {
  write({
    [`${folder}/monday/graph.csv`]: 'microservice,front,"deep, down"\nfront,0.0,1.0\n"deep, down",0.0,0.0\n',
    [`${folder}/monday/quiet/metrics.csv`]: metrics(110 * day, 300),
    [`${folder}/monday/test/one/metrics.csv`]: metrics(10 * day, 5),
    [`${folder}/monday/test/one/target.json`]: {
      target: { node: 'front', metric: 'latency', agg: 'Average', timestamp: 10 * day + 610 },
      root_cause: { node: 'deep, down', metric: null },
      metadata: { command: 'break deep, down' },
    },
  });
}

describe('data sets', () => {
  it('are known by their files, whatever their folders are called', () => {
    writePetShop('x1');
    write({
      'a/b/x2/incident/ground_truth.json': {},
      'a/b/x2/incident/alert.json': {},
      'x3/Thing_2k.log_structured.csv': '',
      'x4/windows.json': {},
      'x4/one.csv': '',
      'x5/graph.txt': '',
      'x6/tuesday/graph.csv': '',
      'x6/aside/windows.json': {},
      'x6/aside/one.csv': '',
      'petshop-dev/README.md': '',
    });
    const found = findDatasets(root).map(({ kind, folder }) => [folder.slice(root.length + 1), kind]);
    expect(found).toEqual([
      ['a/b/x2', 'root-cause-bench'],
      ['x1', 'petshop'],
      ['x3', 'loghub'],
      ['x4', 'nab'],
      ['x6', 'petshop'],
      ['x6/aside', 'nab'],
    ]);
    expect(findDatasets(join(root, 'nowhere'))).toEqual([]);
  });
});

describe('PetShop', () => {
  it('becomes cases: history moved to the day before, rows, graph and alert', () => {
    writePetShop('set');
    const { cases } = loadPetShop(root);
    expect(cases).toHaveLength(1);
    const { question, answer, hasHistory } = cases[0] ?? expect.fail();
    expect(hasHistory).toBe(true);
    expect(answer).toEqual({ node: 'deep, down' });
    expect(question.alert).toEqual({ node: 'front', metric: 'latency', stat: 'Average', at: 10 * day + 610 });
    expect(question.edges).toEqual([['front', 'deep, down']]);
    const [latency, requests, availability] = question.metrics;
    expect([latency?.metric, requests?.metric, availability?.node]).toEqual(['latency', 'requests', 'deep, down']);
    expect(latency?.t).toHaveLength(305);
    expect(latency?.t.slice(298, 302)).toEqual([
      8.8e4 - 8.8e4 + 9 * day + 298 * 300 - day,
      9 * day + 299 * 300 - day,
      10 * day,
      10 * day + 300,
    ]);
    expect(latency?.v.slice(0, 2)).toEqual([0, 0.1]);
    expect(requests?.v.every((value) => value === null)).toBe(true);
    expect(JSON.stringify(question)).not.toContain('break');
  });

  it('keeps the times of the files when it is asked to', () => {
    writePetShop('set');
    const [one] = loadPetShop(root, { historyTimes: 'as in the files' }).cases;
    expect(one?.question.metrics[0]?.t[0]).toBe(110 * day);
  });

  it('cuts the history into windows, each with the rows before it', () => {
    writePetShop('set');
    const windows = [...loadPetShop(root).quiet()];
    expect(windows).toHaveLength(2);
    expect(windows.map(({ metrics: [first] }) => first?.t.length)).toEqual([293, 298]);
    expect(windows[0]?.alert.at).toBe(110 * day + 290 * 300);
  });
});

describe('RootCauseBench', () => {
  it('becomes cases without what only people were told', () => {
    const truth = {
      root_cause_commit: 'abc',
      first_failing_service: 'pay',
      blast_radius: ['shop'],
      remediation: 'rollback',
      decoy_deploy_commits: ['def'],
      notes: 'the secret',
    };
    const at = '2026-01-01T00:00:00Z';
    write({
      'one/ground_truth.json': truth,
      'one/alert.json': { service: 'pay', metric: 'errors', threshold: 1, fired_at: at, summary: 'pay fails', detail: 'told to people' },
      'one/logs.ndjson': `${JSON.stringify({ timestamp: at, service: 'pay', severity_text: 'ERROR', msg: 'no', trace_id: 't1' })}\n`,
      'one/metrics.csv': `timestamp,service,metric,value\n${at},pay,errors,0.5\n2026-01-01T00:01:00Z,pay,errors,\n`,
      'one/traces.json': [
        { trace_id: 't1', span_id: 's', parent_id: null, service: 'pay', name: 'POST', start: at, duration_ms: 5, status: 'OK' },
      ],
      'one/patterns.json': [{ signature: 'told to people' }],
      'one/context/commits.json': [{ sha: 'abc', author: 'jo', timestamp: at, message: 'm', files_changed: ['f'], diff: null }],
      'one/context/deploys.json': [{ timestamp: at, service: 'pay', commit_sha: 'abc', version: 'v1' }],
      'one/context/flags.json': [{ timestamp: at, flag: 'new', service: 'pay', change: 'off->on', actor: 'jo' }],
    });
    const [one] = loadRootCauseBench(root);
    const t = Date.parse(at) / 1000;
    expect(one?.answer).toEqual({ commit: 'abc', service: 'pay', blastRadius: ['shop'], remediation: 'rollback', decoys: ['def'] });
    expect(one?.question).toMatchObject({
      id: 'one',
      alert: { node: 'pay', metric: 'errors', at: t, summary: 'pay fails' },
      metrics: [{ node: 'pay', metric: 'errors', t: [t, t + 60], v: [0.5, null] }],
      logs: [{ t, node: 'pay', level: 'ERROR', msg: 'no', trace: 't1' }],
      spans: [{ trace: 't1', span: 's', parent: null, node: 'pay', name: 'POST', start: t, durationMs: 5, status: 'OK' }],
      changes: [
        { kind: 'commit', sha: 'abc', files: ['f'], diff: null },
        { kind: 'deploy', sha: 'abc', node: 'pay' },
        { kind: 'flag', node: 'pay', message: 'new off->on' },
      ],
    });
    expect(JSON.stringify(one?.question)).not.toMatch(/secret|told to people/);
  });
});

describe('Loghub and NAB', () => {
  it('read quoted messages and their events', () => {
    write({
      'Thing_2k.log_structured.csv': 'LineId,Content,EventId,EventTemplate\n1,"a ""b"", c",E1,x\n2,d,E2,y\n',
      'Thing_2k.log_structured_corrected.csv': 'LineId,Content,EventId,EventTemplate\n1,z,E1,x\n',
    });
    expect(loadLoghub(root)).toEqual([
      { system: 'Thing', isCorrected: false, messages: ['a "b", c', 'd'], events: ['E1', 'E2'] },
      { system: 'Thing', isCorrected: true, messages: ['z'], events: ['E1'] },
    ]);
  });

  it('read series and find the points of their windows', () => {
    const points = Array.from({ length: 10 }, (_, at) => `2014-02-14 14:${30 + at}:00,${at}.5`);
    write({
      'one.csv': `timestamp,value\n${points.join('\n')}\n`,
      'windows.json': { 'one.csv': [['2014-02-14 14:32:00.000000', '2014-02-14 14:34:30.000000']] },
    });
    const [one] = loadNab(root);
    expect(one).toMatchObject({ name: 'one.csv', windows: [[2, 4]] });
    expect(one?.t.slice(0, 2)).toEqual([Date.UTC(2014, 1, 14, 14, 30) / 1000, Date.UTC(2014, 1, 14, 14, 31) / 1000]);
    expect(one?.v.slice(0, 2)).toEqual([0.5, 1.5]);
  });
});
