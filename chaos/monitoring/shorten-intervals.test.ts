import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { shortenAlertmanagerConfig, shortenExpression, shortenPrometheusConfig, shortenRules } from './shorten-intervals.ts';

describe('shortenExpression', () => {
  it.each([
    ['rate(x{job="ecs"}[5m]) > 0.1', 'rate(x{job="ecs"}[10s]) > 0.1'],
    ['rate(x[1m])', 'rate(x[4s])'],
    ['rate(x[1h30m])', 'rate(x[180s])'],
    ['quantile_over_time(0.5, x[6h] offset 10m)', 'quantile_over_time(0.5, x[720s] offset 20s)'],
    ['quantile_over_time(0.5, sum(up)[1h:1m])', 'quantile_over_time(0.5, sum(up)[120s:2s])'],
    ['max_over_time(x[1h:])', 'max_over_time(x[120s:])'],
    ['max_over_time(x[1h:10s])', 'max_over_time(x[120s:1s])'],
    ['x offset -5m', 'x offset -10s'],
    ['rate(x[100s])', 'rate(x[4s])'],
    ['rate(x[200s])', 'rate(x[6667ms])'],
    // What only looks like a duration stays.
    [`x{path="[5m]",other='offset 5m'} > 300 # [5m]`, `x{path="[5m]",other='offset 5m'} > 300 # [5m]`],
    ['time() - t > 900', 'time() - t > 900'],
  ])('%s becomes %s at pace 30', (before, after) => {
    expect(shortenExpression(before, 30)).toBe(after);
  });
});

describe('shortenRules', () => {
  const rules = `
# Kept.
groups:
  - name: services
    interval: 1m
    rules:
      - alert: HighErrorRatio
        expr: |
          a[5m]
          > 0.05
        for: 2m
        keep_firing_for: 10m
        labels: {severity: critical, window: 5m}
      - alert: AtOnce
        expr: up == 0
        for: 0s
      - record: r
        expr: sum(rate(x[5m]))
`;

  it('shortens waits, windows and the group interval and leaves labels and thresholds alone', () => {
    expect(parse(shortenRules(rules, 30))).toEqual({
      groups: [
        {
          name: 'services',
          interval: '2s',
          rules: [
            {
              alert: 'HighErrorRatio',
              expr: 'a[10s]\n> 0.05\n',
              for: '4s',
              keep_firing_for: '20s',
              labels: { severity: 'critical', window: '5m' },
            },
            { alert: 'AtOnce', expr: 'up == 0', for: '0s' },
            { record: 'r', expr: 'sum(rate(x[10s]))' },
          ],
        },
      ],
    });
    expect(shortenRules(rules, 30)).toContain('# Kept.');
  });

  it('goes below no floor however fast the pace', () => {
    const [group] = parse(shortenRules(rules, 10_000)).groups;
    expect([group.interval, group.rules[0].for, group.rules[0].keep_firing_for, group.rules[0].expr]).toEqual([
      '1s',
      '1s',
      '1s',
      'a[4s]\n> 0.05\n',
    ]);
  });

  it('refuses what is no duration, no YAML or no pace', () => {
    expect(() => shortenRules('groups: [{rules: [{expr: up, for: soon}]}]', 30)).toThrow("'soon' is not a Prometheus duration");
    expect(() => shortenRules('groups: [', 30)).toThrow('is not YAML');
    expect(() => shortenRules(rules, 0)).toThrow('pace must be 1 or more');
  });
});

describe('shortenPrometheusConfig', () => {
  it('scrapes and evaluates every second, whatever a job says', () => {
    const text = `
global: {scrape_timeout: 10s, evaluation_interval: 15s, external_labels: {env: prod}}
scrape_configs:
  - job_name: ecs
    scrape_interval: 30s
    scrape_timeout: 500ms
    file_sd_configs: [{files: [targets/*.json], refresh_interval: 1m}]
alerting:
  alertmanagers: [{file_sd_configs: [{files: [am/*.json], refresh_interval: 5m}]}]
`;
    expect(parse(shortenPrometheusConfig(text, 30))).toEqual({
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s', external_labels: { env: 'prod' } },
      scrape_configs: [
        {
          job_name: 'ecs',
          scrape_interval: '1s',
          scrape_timeout: '500ms',
          file_sd_configs: [{ files: ['targets/*.json'], refresh_interval: '2s' }],
        },
      ],
      alerting: { alertmanagers: [{ file_sd_configs: [{ files: ['am/*.json'], refresh_interval: '10s' }] }] },
    });
  });
});

describe('shortenAlertmanagerConfig', () => {
  const text = `
global: {resolve_timeout: 5m}
route:
  receiver: people
  group_wait: 15s
  group_interval: 1m
  repeat_interval: 4h
  routes:
    - receiver: kintsugi
      matchers: [ecs_cluster="shop"]
      routes: [{receiver: kintsugi, group_wait: 2m}]
receivers:
  - name: kintsugi
    webhook_configs: [{url: 'http://kintsugi.internal/webhooks/alertmanager', send_resolved: true}]
  - name: people
    webhook_configs: [{url: 'http://pager.internal/'}]
`;

  it('shortens every route and points the webhook of the agent elsewhere', () => {
    const changed = parse(shortenAlertmanagerConfig(text, { pace: 30, webhookUrl: 'http://127.0.0.1:1/w' }));
    expect(changed).toEqual({
      global: { resolve_timeout: '10s' },
      route: {
        receiver: 'people',
        group_wait: '1s',
        group_interval: '2s',
        repeat_interval: '480s',
        routes: [{ receiver: 'kintsugi', matchers: ['ecs_cluster="shop"'], routes: [{ receiver: 'kintsugi', group_wait: '4s' }] }],
      },
      receivers: [
        { name: 'kintsugi', webhook_configs: [{ url: 'http://127.0.0.1:1/w', send_resolved: true }] },
        { name: 'people', webhook_configs: [{ url: 'http://pager.internal/' }] },
      ],
    });
  });

  it('refuses a configuration that never calls the agent', () => {
    const without = text.replace('- name: kintsugi', '- name: other');
    expect(() => shortenAlertmanagerConfig(without, { pace: 30, webhookUrl: 'x' })).toThrow("no receiver 'kintsugi'");
  });
});
