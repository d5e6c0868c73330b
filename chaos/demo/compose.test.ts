import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { run } from '../monitoring/run.ts';
import { agentEnvironment, repository } from '../stage/agent-process.ts';

const file = join(repository, 'docker-compose.local.yml');
const Service = z.object({
  image: z.string(),
  command: z.union([z.string(), z.array(z.string())]),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  network_mode: z.string().optional(),
  privileged: z.literal(false).default(false),
  healthcheck: z.object({ test: z.array(z.string()), interval: z.string() }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});
const { services } = z.object({ services: z.record(z.string(), Service) }).parse(parse(readFileSync(file, 'utf8'), { merge: true }));

describe('docker-compose.local.yml', () => {
  it('is understood by docker-compose', async ({ skip }) => {
    for (const [program, ...args] of [['docker-compose'], ['docker', 'compose']] as const) {
      const version = await run(program, [...args, 'version']);
      if (version.code !== 0) continue;
      const checked = await run(program, [...args, '-f', file, 'config', '-q']);
      expect(checked).toMatchObject({ code: 0 });
      return;
    }
    skip('NOT TESTED HERE: no docker-compose to read the file with');
  });

  it('is reachable from this machine alone', () => {
    const ports = Object.values(services).flatMap((service) => service.ports);
    expect(ports.map((port) => port.replace(/\$\{\w+:-(\d+)\}/, '$1'))).toEqual([
      '127.0.0.1:8080:8080',
      '127.0.0.1:9090:9090',
      '127.0.0.1:9093:9093',
    ]);
  });

  it('pins every image, mounts the checkout read-only and gives no service the engine or the host', () => {
    for (const [name, service] of Object.entries(services)) {
      expect(service.image, name).toMatch(/:v?\d[\w.-]+$/);
      expect(service.network_mode ?? '', name).not.toBe('host');
      for (const volume of service.volumes) expect(volume, name).toMatch(/^(\.:\/kintsugi:ro|monitoring:\/monitoring(:ro)?|agent:\/data)$/);
    }
  });

  it('checks the health of everything that keeps running, and waits for it', () => {
    for (const [name, service] of Object.entries(services)) {
      if (name !== 'config') expect(service.healthcheck, name).toBeDefined();
      for (const [other, { condition }] of Object.entries(service.depends_on)) {
        expect(condition, `${name} waits for ${other}`).toBe(other === 'config' ? 'service_completed_successfully' : 'service_healthy');
      }
    }
    expect(Object.keys(services)).toEqual(['config', 'sandbox', 'prometheus', 'alertmanager', 'agent']);
  });

  it('runs the agent with the settings of the demo', () => {
    const { KINTSUGI_WEBHOOK_TOKEN, KINTSUGI_API_TOKEN, KINTSUGI_AUDIT_KEY, ...demo } = agentEnvironment({
      awsEndpoint: 'http://127.0.0.1:4566',
      prometheusUrl: 'http://127.0.0.1:9090',
      alertmanagerUrl: 'http://127.0.0.1:9093',
      cluster: 'shop',
      webhookToken: '',
      apiToken: '',
      auditKey: '',
      port: 8080,
      storePath: '/data/kintsugi.db',
      logPath: '',
      pace: 30,
    });
    expect(services.agent?.environment).toEqual({
      ...demo,
      KINTSUGI_SERVER_HOST: '0.0.0.0',
      KINTSUGI_WEBHOOK_TOKEN_FILE: '/monitoring/alertmanager/kintsugi-webhook-token',
      KINTSUGI_API_TOKEN_FILE: '/monitoring/kintsugi-api-token',
      KINTSUGI_AUDIT_KEY_FILE: '/monitoring/kintsugi-audit-key',
    });
  });

  it('starts the agent as npm start does', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')));
    expect(services.agent?.command).toBe(scripts.start);
  });
});
