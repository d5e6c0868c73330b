import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const here = fileURLToPath(new URL('.', import.meta.url));
const prometheus = join(here, 'prometheus');
const alertmanagerConfig = join(here, 'alertmanager', 'alertmanager.yml');

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

interface RuleFile {
  groups: { name: string; rules: Rule[] }[];
}

interface TestFile {
  tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
}

const filesIn = (folder: string): string[] => readdirSync(join(prometheus, folder)).map((file) => join(prometheus, folder, file));
const ruleFiles = filesIn('rules');
const testFiles = filesIn('tests');
const rules = ruleFiles.flatMap((file) => (parse(readFileSync(file, 'utf8')) as RuleFile).groups.flatMap((group) => group.rules));
const cases = testFiles.flatMap((file) => (parse(readFileSync(file, 'utf8')) as TestFile).tests.flatMap((test) => test.alert_rule_test));

/** The program named by the variable, or found on PATH; a named one that is missing is an error, not a reason to look elsewhere. */
function find(program: string, variable: string): string | undefined {
  const named = process.env[variable];
  if (named) {
    accessSync(named, constants.X_OK);
    return named;
  }
  const found = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  const path = found.find((candidate) => existsSync(candidate));
  if (!path) {
    process.stderr.write(
      `\n!!! ${program} was not found: rules and routes were NOT checked by the real program.\n!!! Install prometheus and alertmanager, or set ${variable} to its path.\n\n`,
    );
  }
  return path;
}

const promtool = find('promtool', 'KINTSUGI_PROMTOOL');
const amtool = find('amtool', 'KINTSUGI_AMTOOL');

const run = (program: string | undefined, ...args: string[]): string =>
  execFileSync(program ?? '', args, { encoding: 'utf8', stdio: 'pipe' });

describe.each(rules)('alert $alert', (rule) => {
  it('says what is wrong, how bad it is and where to read on', () => {
    expect(rule.labels?.severity).toMatch(/^(critical|warning)$/);
    expect(rule.annotations?.summary).toBeTruthy();
    expect(rule.annotations?.runbook_url).toBe(`docs/runbooks/${rule.alert}.md`);
    expect(readFileSync(join(here, '..', rule.annotations?.runbook_url ?? ''), 'utf8')).toContain(`# ${rule.alert}\n`);
  });

  it('names one service of one cluster', () => {
    const isFixed = rule.labels?.ecs_cluster !== undefined && rule.labels.ecs_service !== undefined;
    expect(isFixed || /by \(ecs_cluster, ecs_service/.test(rule.expr)).toBe(true);
  });

  it('is tested both firing and silent', () => {
    const own = cases.filter((test) => test.alertname === rule.alert);
    expect(own.some((test) => test.exp_alerts.length > 0)).toBe(true);
    expect(own.some((test) => test.exp_alerts.length === 0)).toBe(true);
  });
});

it('has a runbook for every alert and no other', () => {
  const runbooks = readdirSync(join(here, '..', 'docs', 'runbooks')).map((file) => basename(file, '.md'));
  expect(runbooks.toSorted()).toEqual(rules.map((rule) => rule.alert).toSorted());
});

describe.runIf(promtool)('promtool', () => {
  it('accepts the configuration', () => {
    expect(run(promtool, 'check', 'config', join(prometheus, 'prometheus.yml'))).toContain('is valid prometheus config');
  });

  it.each(testFiles.map((file) => [basename(file), file]))('passes %s', (_name, file) => {
    expect(run(promtool, 'test', 'rules', file)).toContain('SUCCESS');
  });
});

describe.runIf(amtool)('amtool', () => {
  const receivers = (...labels: string[]): string =>
    run(amtool, 'config', 'routes', 'test', `--config.file=${alertmanagerConfig}`, ...labels).trim();

  it('accepts the configuration', () => {
    expect(run(amtool, 'check-config', alertmanagerConfig)).toContain('SUCCESS');
  });

  it('sends the watched cluster to the agent and to people, and everything else to people only', () => {
    expect(receivers('alertname=HighErrorRatio', 'ecs_cluster=shop', 'ecs_service=cart')).toBe('kintsugi,people');
    expect(receivers('alertname=HighErrorRatio', 'ecs_cluster=shop-control', 'ecs_service=cart')).toBe('people');
    expect(receivers('alertname=AgentDown', 'ecs_cluster=kintsugi', 'ecs_service=kintsugi')).toBe('people');
    expect(receivers('alertname=DiskFull')).toBe('people');
  });

  it('refuses a route to a receiver that does not exist, so an accepted file means something', () => {
    const folder = mkdtempSync(join(tmpdir(), 'alertmanager-'));
    try {
      const wrong = join(folder, 'alertmanager.yml');
      writeFileSync(wrong, readFileSync(alertmanagerConfig, 'utf8').replace('- name: kintsugi', '- name: somebody'));
      expect(() => run(amtool, 'check-config', wrong)).toThrow();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the webhook', () => {
  interface Alertmanager {
    route: { group_by: string[]; group_interval: string };
    inhibit_rules: { source_matchers: string[]; target_matchers: string[]; equal: string[] }[];
    receivers: { name: string; webhook_configs?: { max_alerts: number; send_resolved: boolean; http_config: Record<string, unknown> }[] }[];
  }
  const config = parse(readFileSync(alertmanagerConfig, 'utf8')) as Alertmanager;

  it('carries whole groups, resolved alerts and a token, and follows no redirect', () => {
    const hook = config.receivers.find(({ name }) => name === 'kintsugi')?.webhook_configs?.[0];
    expect(hook).toMatchObject({
      max_alerts: 0,
      send_resolved: true,
      http_config: { follow_redirects: false, authorization: { type: 'Bearer', credentials_file: 'kintsugi-webhook-token' } },
    });
    expect(config.route.group_by).toEqual(['ecs_cluster', 'ecs_service', 'alertname']);
    // Also how often a delivery is tried again.
    expect(config.route.group_interval).toBe('1m');
  });

  it('is spared the symptoms of a service that is down', () => {
    const [inhibition] = config.inhibit_rules;
    expect(inhibition?.equal).toEqual(['ecs_cluster', 'ecs_service']);
    const symptoms = /=~"(.*)"/.exec(inhibition?.target_matchers[0] ?? '')?.[1]?.split('|') ?? [];
    expect(symptoms).toEqual(expect.arrayContaining(['HighErrorRatio', 'HighLatency']));
    expect(rules.map((rule) => rule.alert)).toEqual(expect.arrayContaining(symptoms));
  });
});
