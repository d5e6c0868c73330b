import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { actionPlugins } from '../action/index.ts';
import { ConfigError } from '../domain/errors.ts';
import { describeSettings } from './describe.ts';
import { loadSettings } from './load.ts';
import { settingsSchema } from './settings.ts';

const token = 'a'.repeat(32);
const minimal = {
  KINTSUGI_CLUSTERS: 'prod',
  KINTSUGI_WEBHOOK_TOKEN: token,
  KINTSUGI_API_TOKEN: token,
  KINTSUGI_AUDIT_KEY: token,
  KINTSUGI_EVIDENCE_PROMETHEUS_URL: 'http://127.0.0.1:9090',
};

function faultsOf(environment: Record<string, string>): string[] {
  try {
    loadSettings(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('loadSettings', () => {
  it('starts from the five settings that have no default, and is then unable to change anything', () => {
    const settings = loadSettings(minimal);
    expect(settings.clusters).toEqual(['prod']);
    expect(Object.keys(settings.flags)).toEqual(actionPlugins.map((plugin) => plugin.id));
    expect(new Set(Object.values(settings.flags))).toEqual(new Set([false]));
    expect(settings.policy.autonomy.default).toBe('observe');
  });

  it('names every missing setting at once', () => {
    const faults = faultsOf({}).join('\n');
    for (const name of Object.keys(minimal)) expect(faults).toContain(name);
  });

  it('names the variable, the value and what is expected when a value is wrong', () => {
    const [fault] = faultsOf({ ...minimal, KINTSUGI_SERVER_PORT: 'eighty' });
    expect(fault).toContain('KINTSUGI_SERVER_PORT="eighty"');
    expect(fault).toContain('number');
  });

  it('refuses a variable it does not know, for a misspelt guard is no guard', () => {
    expect(faultsOf({ ...minimal, KINTSUGI_POLICY_COOLDOWN: '5' })).toEqual([
      expect.stringContaining('KINTSUGI_POLICY_COOLDOWN is not a setting'),
    ]);
  });

  it('refuses a short token without printing it', () => {
    const [fault] = faultsOf({ ...minimal, KINTSUGI_API_TOKEN: 'hunter2' });
    expect(fault).toContain('at least 32 characters');
    expect(fault).not.toContain('hunter2');
  });

  it('refuses a level or a threshold for an action that does not exist, for the real one would keep another', () => {
    for (const name of ['KINTSUGI_POLICY_AUTONOMY_BY_ACTION', 'KINTSUGI_POLICY_CONFIDENCE_BY_ACTION']) {
      const value = name.includes('AUTONOMY') ? '{"force_new_deployment":"observe"}' : '{"force_new_deployment":0.9}';
      const [fault, ...others] = faultsOf({ ...minimal, [name]: value });
      expect(others).toEqual([]);
      expect(fault).toContain(name);
      expect(fault).toContain('"force_new_deployment" is no action; the actions are stop-experiment');
    }
  });

  it('keeps the careful thresholds of the other actions when one is named', () => {
    const { confidence } = loadSettings({ ...minimal, KINTSUGI_POLICY_CONFIDENCE_BY_ACTION: '{"stop-task":0.9}' }).policy;
    expect(confidence.byAction).toEqual({ 'stop-task': 0.9, 'force-new-deployment': 0.75, 'restart-tasks': 0.75, 'scale-service': 0.75 });
  });

  it('refuses a password in a URL and does not repeat it', () => {
    for (const url of [
      'http://reader:s3cr3t@prometheus:9090',
      'ftp://reader:s3cr3t@prometheus',
      'http://r:/s3cr3t@p:1',
      'r:s3cr3t@p:9090',
      'http:/r:s3cr3t@p',
    ]) {
      const faults = faultsOf({ ...minimal, KINTSUGI_EVIDENCE_PROMETHEUS_URL: url });
      expect(faults.join()).toContain('KINTSUGI_EVIDENCE_PROMETHEUS_URL');
      expect(faults.join()).not.toContain('s3cr3t');
    }
  });

  it.each([
    ['KINTSUGI_EVIDENCE_PROMETHEUS_HISTORY_SECONDS', '2h', 'expected a number'],
    ['KINTSUGI_EVIDENCE_XRAY_ENABLED', 'yes', 'expected true or false'],
    ['KINTSUGI_EVIDENCE_GITHUB_SERVICES', 'checkout', 'expected a JSON object'],
    ['KINTSUGI_EVIDENCE_GITHUB_SERVICES', '{"checkout":"acme/shop"}', 'expected a JSON object'],
  ])('says of %s=%s what it should be, in words of who writes it', (name, value, words) => {
    expect(faultsOf({ ...minimal, [name]: value })).toEqual([expect.stringContaining(`${JSON.stringify(value)}: ${words} (`)]);
  });

  it('has a stop file without being told', () => {
    expect(loadSettings(minimal).killSwitch.file).toBe('data/kintsugi.stop');
  });

  it('knows its own task from what ECS says', () => {
    const url = 'http://169.254.170.2/v4/some-task';
    expect(loadSettings(minimal).self.metadataUrl).toBeUndefined();
    expect(loadSettings({ ...minimal, ECS_CONTAINER_METADATA_URI_V4: url }).self.metadataUrl).toBe(url);
  });

  it('takes DATABASE_URL for the store, never shows it, and refuses it beside the name of its own', () => {
    const url = 'postgres://agent:hunter2@db.internal:5432/kintsugi';
    const { store } = loadSettings({ ...minimal, DATABASE_URL: url });
    expect(store.url?.reveal()).toBe(url);
    expect(inspect(store) + JSON.stringify(store)).not.toContain('hunter2');
    expect(loadSettings({ ...minimal, KINTSUGI_STORE_URL: url }).store.url?.reveal()).toBe(url);
    expect(loadSettings({ ...minimal, DATABASE_URL: '' }).store.url).toBeUndefined();
    expect(faultsOf({ ...minimal, DATABASE_URL: url, KINTSUGI_STORE_URL: url })).toEqual([
      'DATABASE_URL and KINTSUGI_STORE_URL are both set; keep one',
    ]);
    const [fault, ...others] = faultsOf({ ...minimal, DATABASE_URL: 'mysql://agent:hunter2@db.internal/kintsugi' });
    expect(others).toEqual([]);
    expect(fault).toContain('DATABASE_URL');
    expect(fault).toContain('must look like postgres://');
    expect(fault).not.toContain('hunter2');
  });

  it('reads a secret from a file and refuses two sources for one', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'kintsugi-')), 'token');
    writeFileSync(file, `${'b'.repeat(40)}\n`);
    const { KINTSUGI_API_TOKEN: _, ...rest } = minimal;
    expect(loadSettings({ ...rest, KINTSUGI_API_TOKEN_FILE: file }).api.token.reveal()).toBe('b'.repeat(40));
    expect(faultsOf({ ...minimal, KINTSUGI_API_TOKEN_FILE: file })[0]).toContain('both set');
    expect(faultsOf({ ...rest, KINTSUGI_API_TOKEN_FILE: '/nowhere' })[0]).toContain('/nowhere');
  });

  it('leaves every source that is not needed off, and keeps what they are let in with secret', () => {
    expect(loadSettings(minimal).evidence).toMatchObject({ xray: { enabled: false }, prometheus: { historySeconds: 0, callEdges: [] } });
    const { evidence } = loadSettings({
      ...minimal,
      KINTSUGI_EVIDENCE_LOKI_URL: 'https://loki:3100',
      KINTSUGI_EVIDENCE_LOKI_TOKEN: 'hunter2',
      KINTSUGI_EVIDENCE_TRACES_PASSWORD: 'hunter3',
      KINTSUGI_EVIDENCE_PROMETHEUS_CALL_EDGES: '[["storefront","checkout"]]',
    });
    expect(evidence).toMatchObject({ prometheus: { callEdges: [['storefront', 'checkout']] }, loki: { url: 'https://loki:3100' } });
    expect(evidence.loki.token?.reveal()).toBe('hunter2');
    expect(evidence.traces.url).toBeUndefined();
    expect(inspect(evidence, { depth: 5 }) + JSON.stringify(evidence)).not.toMatch(/hunter/);
  });

  it('reads nested values, booleans, lists and JSON', () => {
    const settings = loadSettings({
      ...minimal,
      KINTSUGI_CLUSTERS: 'prod, staging',
      KINTSUGI_FLAGS_STOP_TASK: 'true',
      KINTSUGI_POLICY_COOLDOWN_SECONDS: '60',
      KINTSUGI_POLICY_AUTONOMY_BY_ACTION: '{"stop-task":"auto"}',
    });
    expect(settings.clusters).toEqual(['prod', 'staging']);
    expect(settings.flags['stop-task']).toBe(true);
    expect(settings.policy.cooldownSeconds).toBe(60);
    expect(settings.policy.autonomy.byAction).toEqual({ 'stop-task': 'auto' });
  });

  describe('with a policy file', () => {
    const fileWith = (text: string) => {
      const file = join(mkdtempSync(join(tmpdir(), 'kintsugi-')), 'policy.yaml');
      writeFileSync(file, text);
      return file;
    };

    it('takes levels, limits and flags from it', () => {
      const file = fileWith('cooldownSeconds: 60\nautonomy: { byAction: { stop-task: auto } }\nflags: { stop-task: true }\n');
      const { policy, flags } = loadSettings({ ...minimal, KINTSUGI_POLICY_FILE: file });
      expect(policy).toMatchObject({ cooldownSeconds: 60, autonomy: { default: 'observe', byAction: { 'stop-task': 'auto' } }, file });
      expect(policy.confidence.byAction).toEqual(loadSettings(minimal).policy.confidence.byAction);
      expect(flags['stop-task']).toBe(true);
    });

    it('refuses a policy in the environment beside it', () => {
      const file = fileWith('{}');
      const beside = { KINTSUGI_POLICY_COOLDOWN_SECONDS: '60', KINTSUGI_FLAGS_STOP_TASK: 'true' };
      expect(faultsOf({ ...minimal, ...beside, KINTSUGI_POLICY_FILE: file }).sort()).toEqual([
        `KINTSUGI_FLAGS_STOP_TASK and KINTSUGI_POLICY_FILE are both set; write it into ${file}`,
        `KINTSUGI_POLICY_COOLDOWN_SECONDS and KINTSUGI_POLICY_FILE are both set; write it into ${file}`,
      ]);
    });

    it('refuses to start with a faulty one, and tells all faults with those of the environment', () => {
      const file = fileWith('cooldownSeconds: soon\nflags: { stop-tsk: true }\n');
      expect(faultsOf({ ...minimal, KINTSUGI_LOG_LEVEL: 'loud', KINTSUGI_POLICY_FILE: file })).toEqual([
        expect.stringContaining(`${file}:1:1: cooldownSeconds: `),
        expect.stringContaining(`${file}:2:10: flags.stop-tsk: `),
        expect.stringContaining('KINTSUGI_LOG_LEVEL'),
      ]);
    });

    it('refuses to start without the one it is told of', () => {
      expect(faultsOf({ ...minimal, KINTSUGI_POLICY_FILE: '/nowhere/policy.yaml' })).toEqual([
        expect.stringContaining('KINTSUGI_POLICY_FILE=/nowhere/policy.yaml: '),
      ]);
    });
  });

  it('never shows a secret in logs, JSON or text', () => {
    const { webhook } = loadSettings(minimal);
    expect(`${webhook.token} ${JSON.stringify(webhook)} ${inspect(webhook)}`).not.toContain(token);
  });
});

describe('describeSettings', () => {
  it('gives every setting a name of its own and a description', () => {
    const described = describeSettings(settingsSchema);
    expect(new Set(described.map((setting) => setting.env)).size).toBe(described.length);
    expect(described.filter((setting) => setting.description === '').map((setting) => setting.env)).toEqual([]);
    expect(described.length).toBeGreaterThan(40);
  });
});
