import { beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../agent/config/load.ts';
import { agentSecrets } from '../access/agent-environment.ts';
import { demoServices } from '../demo-shop.ts';
import { runningServices } from '../rules/services.ts';
import { dev } from '../settings/dev.ts';
import { prod } from '../settings/prod.ts';
import { checkSettings } from '../settings/settings.ts';
import { allResources, type Body, type Environment, synthesise } from '../synthesise.ts';

let environments: Record<'dev' | 'prod', Environment>;
beforeAll(() => {
  environments = { dev: synthesise(checkSettings(dev)), prod: synthesise(checkSettings(prod)) };
});

const bodies = (name: 'dev' | 'prod', type: string): Body[] => allResources(environments[name], type).map(({ body }) => body);
const serviceOf = (name: 'dev' | 'prod', service: string) =>
  runningServices(environments[name]).find(({ body, where }) => body.name === service && !where.startsWith('demo: '));

describe('the stacks', () => {
  it('are applied in an order, and prod has neither demo nor chaos nor nights', () => {
    const names = (name: 'dev' | 'prod') => environments[name].stacks.map((stack) => stack.name);
    const prodStacks = ['bootstrap', 'network', 'audit', 'data', 'platform', 'agent', 'observability', 'budget'];
    expect(names('prod')).toEqual(prodStacks);
    expect(names('dev').filter((name) => !prodStacks.includes(name))).toEqual(['demo', 'schedule', 'chaos']);
  });

  it('come out the same each time: a plan must not see changes where there are none', () => {
    expect(JSON.stringify(synthesise(checkSettings(dev)))).toBe(JSON.stringify(environments.dev));
  });

  it('give the agent an environment it starts with, and its secrets by reference', () => {
    for (const name of ['dev', 'prod'] as const) {
      const [agent] = serviceOf(name, 'kintsugi')?.containers ?? [];
      const environment = Object.fromEntries((agent?.environment ?? []).map(({ name: key = '', value = '' }) => [key, value]));
      const secrets = Object.fromEntries((agent?.secrets ?? []).map(({ name: key = '' }) => [key, 'x'.repeat(64)]));
      expect(Object.keys(secrets).sort()).toEqual(Object.keys(agentSecrets).sort());
      const settings = loadSettings({ ...environment, ...secrets, KINTSUGI_STORE_URL: 'postgres://kintsugi@database/kintsugi' });
      expect(settings).toMatchObject({
        clusters: environments[name].settings.watched.clusters,
        server: { host: '0.0.0.0', port: 8080 },
        audit: { s3: { bucket: `kintsugi-${name}-audit-${environments[name].settings.accountId}` } },
        flags: { 'stop-task': true, 'set-flag': false },
        aws: { roles: { 'stop-task': `arn:aws:iam::${environments[name].settings.accountId}:role/kintsugi-${name}-agent-stop-task` } },
        evidence: { prometheus: { url: 'http://prometheus.internal:9090' } },
      });
    }
  });

  it('let the agent run twice or more in prod, each task reaching the database', () => {
    const agent = serviceOf('prod', 'kintsugi');
    expect(agent?.body).toMatchObject({ desired_count: 2, deployment_minimum_healthy_percent: 100 });
    expect(bodies('prod', 'aws_appautoscaling_target')).toMatchObject([{ min_capacity: 2, max_capacity: 4 }]);
    expect(JSON.stringify(agent?.body.network_configuration)).toContain('clients-group-id');
  });

  it('send the whole demo to sleep, and only that', () => {
    const targets = bodies('dev', 'aws_appautoscaling_target').map((body) => body.resource_id);
    expect(targets.filter((id) => String(id).startsWith('service/shop-dev/'))).toHaveLength(demoServices.length);
    const actions = bodies('dev', 'aws_appautoscaling_scheduled_action');
    expect(actions).toHaveLength(demoServices.length * 2);
    const cart = actions.filter((body) => String(body.name).startsWith('shop-dev-cart-'));
    expect(cart.map(({ schedule, timezone, scalable_target_action: becomes }) => ({ schedule, timezone, becomes }))).toEqual([
      { schedule: 'cron(0 20 * * ? *)', timezone: 'Europe/Berlin', becomes: { min_capacity: '0', max_capacity: '0' } },
      { schedule: 'cron(0 7 ? * MON-FRI *)', timezone: 'Europe/Berlin', becomes: { min_capacity: '2', max_capacity: '6' } },
    ]);
    const [night] = bodies('dev', 'aws_ssm_parameter').filter((body) => body.name === '/kintsugi/dev/schedule/night');
    expect(JSON.parse(String(night?.insecure_value))).toEqual({ ...dev.night, cluster: 'shop-dev', days: 'MON-FRI' });
  });

  it('mark what may be mended and what may be broken, on tasks too', () => {
    const cart = runningServices(environments.dev).find(({ body }) => body.name === 'cart');
    expect(cart?.body).toMatchObject({
      tags: { 'kintsugi:heal': 'allowed', 'kintsugi:chaos': 'allowed', 'kintsugi:service': 'cart' },
      propagate_tags: 'SERVICE',
    });
    const flagd = runningServices(environments.dev).find(({ body }) => body.name === 'flagd');
    expect(flagd?.body.tags ?? {}).toEqual({});
    expect(serviceOf('dev', 'kintsugi')?.body.tags ?? {}).toEqual({});
  });

  it('leave the fault-injection sidecar out where nothing is broken', () => {
    const quiet = synthesise(checkSettings({ ...dev, chaos: undefined }));
    expect(quiet.stacks.map(({ name }) => name)).not.toContain('chaos');
    const injecting = runningServices(quiet).filter(
      ({ definition, containers }) => definition.enable_fault_injection || containers.length > 2,
    );
    expect(injecting).toEqual([]);
    expect(JSON.stringify(quiet)).not.toContain('MANAGED_INSTANCE_ROLE_NAME');
  });

  it('have a NAT gateway or endpoints, as the settings say', () => {
    expect(bodies('dev', 'aws_nat_gateway')).toHaveLength(1);
    expect(bodies('dev', 'aws_vpc_endpoint').map((body) => body.vpc_endpoint_type)).toEqual(['Gateway']);
    expect(bodies('prod', 'aws_nat_gateway')).toHaveLength(0);
    expect(bodies('prod', 'aws_vpc_endpoint').filter((body) => body.vpc_endpoint_type === 'Interface').length).toBeGreaterThan(10);
  });

  it('keep series for long in prod by Managed Prometheus, and in dev not', () => {
    expect(bodies('prod', 'aws_prometheus_workspace')).toHaveLength(1);
    expect(bodies('prod', 'aws_grafana_workspace')).toHaveLength(1);
    expect(bodies('dev', 'aws_prometheus_workspace')).toHaveLength(0);
    expect(JSON.stringify(serviceOf('prod', 'prometheus')?.containers)).toContain('REMOTE_WRITE_URL');
  });

  it('fit the limits of IAM: ten thousand characters of policies a role', () => {
    for (const name of ['dev', 'prod'] as const) {
      for (const { body } of allResources(environments[name], 'aws_iam_role')) expect(String(body.description).length).toBeLessThan(1000);
      const sizes = allResources(environments[name], 'aws_iam_role_policy').reduce(
        (sum, { body, stack }) =>
          sum.set(`${stack} ${String(body.role)}`, (sum.get(`${stack} ${String(body.role)}`) ?? 0) + String(body.policy).length),
        new Map<string, number>(),
      );
      expect([...sizes].filter(([, size]) => size > 10_240)).toEqual([]);
    }
  });
});
