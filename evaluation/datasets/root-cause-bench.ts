/** Incidents of the RootCauseBench kind as cases. Log signatures, alert details and authors have no place in a case and stay unread. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { Case, Change, LogLine, Series, Span } from '../../agent/diagnosis/case/case.ts';
import { foldersWith } from './find.ts';

export interface ChangeCase {
  question: Case;
  answer: ChangeTruth;
}

export interface ChangeTruth {
  /** A sha, or `none`. */
  commit: string;
  service: string;
  blastRadius: string[];
  remediation: string;
  decoys: string[];
}

const instant = z.string().transform((text) => Date.parse(text) / 1000);
const Alert = z.object({ service: z.string(), metric: z.string(), fired_at: instant, summary: z.string() });
const Log = z.object({
  timestamp: instant,
  service: z.string(),
  severity_text: z.string(),
  msg: z.string(),
  trace_id: z.string().nullish(),
});
const Trace = z.object({
  trace_id: z.string(),
  span_id: z.string(),
  parent_id: z.string().nullish(),
  service: z.string(),
  name: z.string(),
  start: instant,
  duration_ms: z.number(),
  status: z.string(),
});
const Commit = z.object({
  sha: z.string(),
  timestamp: instant,
  message: z.string(),
  files_changed: z.array(z.string()),
  diff: z.string().nullable(),
});
const Deploy = z.object({ timestamp: instant, service: z.string(), commit_sha: z.string(), version: z.string() });
const Flag = z.object({ timestamp: instant, service: z.string(), flag: z.string(), change: z.string() });
const Truth = z.object({
  root_cause_commit: z.string(),
  first_failing_service: z.string(),
  blast_radius: z.array(z.string()),
  remediation: z.string(),
  decoy_deploy_commits: z.array(z.string()).default([]),
});

export function loadRootCauseBench(folder: string): ChangeCase[] {
  return foldersWith(folder, 'ground_truth.json').map((scenario) => ({ question: readQuestion(scenario), answer: readTruth(scenario) }));
}

function readQuestion(scenario: string): Case {
  const json = (name: string): unknown => JSON.parse(readFileSync(join(scenario, name), 'utf8'));
  const listIn = (name: string) => (existsSync(join(scenario, name)) ? json(name) : []);
  const alert = Alert.parse(json('alert.json'));
  return {
    id: basename(scenario),
    alert: { node: alert.service, metric: alert.metric, stat: '', at: alert.fired_at, summary: alert.summary },
    edges: [],
    metrics: seriesOf(readFileSync(join(scenario, 'metrics.csv'), 'utf8')),
    logs: readFileSync(join(scenario, 'logs.ndjson'), 'utf8').split('\n').filter(Boolean).map(logLine),
    spans: z.array(Trace).parse(listIn('traces.json')).map(spanOf),
    changes: [
      ...z.array(Commit).parse(listIn('context/commits.json')).map(commitOf),
      ...z.array(Deploy).parse(listIn('context/deploys.json')).map(deployOf),
      ...z.array(Flag).parse(listIn('context/flags.json')).map(flagOf),
    ],
  };
}

function seriesOf(text: string): Series[] {
  const series = new Map<string, Series>();
  for (const [timestamp = '', node = '', metric = '', value = ''] of (parse(text, { skip_empty_lines: true }) as string[][]).slice(1)) {
    const key = JSON.stringify([node, metric]);
    const one = series.get(key) ?? { node, metric, stat: '', t: [], v: [] };
    one.t.push(Date.parse(timestamp) / 1000);
    one.v.push(value.trim() === '' || !Number.isFinite(Number(value)) ? null : Number(value));
    series.set(key, one);
  }
  return [...series.values()];
}

function logLine(line: string): LogLine {
  const { timestamp, service, severity_text, msg, trace_id } = Log.parse(JSON.parse(line));
  return { t: timestamp, node: service, level: severity_text, msg, ...(trace_id ? { trace: trace_id } : {}) };
}

function spanOf({ trace_id, span_id, parent_id, service, name, start, duration_ms, status }: z.infer<typeof Trace>): Span {
  return { trace: trace_id, span: span_id, parent: parent_id ?? null, node: service, name, start, durationMs: duration_ms, status };
}

function commitOf({ sha, timestamp, message, files_changed, diff }: z.infer<typeof Commit>): Change {
  return { t: timestamp, node: '', sha, message, files: files_changed, diff, kind: 'commit' };
}

function deployOf({ timestamp, service, commit_sha, version }: z.infer<typeof Deploy>): Change {
  return { t: timestamp, node: service, sha: commit_sha, message: version, kind: 'deploy' };
}

function flagOf({ timestamp, service, flag, change }: z.infer<typeof Flag>): Change {
  return { t: timestamp, node: service, sha: '', message: `${flag} ${change}`, kind: 'flag' };
}

function readTruth(scenario: string): ChangeTruth {
  const truth = Truth.parse(JSON.parse(readFileSync(join(scenario, 'ground_truth.json'), 'utf8')));
  return {
    commit: truth.root_cause_commit,
    service: truth.first_failing_service,
    blastRadius: truth.blast_radius,
    remediation: truth.remediation,
    decoys: truth.decoy_deploy_commits,
  };
}
