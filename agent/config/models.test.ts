import { describe, expect, it } from 'vitest';
import { ConfigError } from '../domain/errors.ts';
import { tellingVariables } from '../llm/chain/tracing.ts';
import { loadSettings } from './load.ts';

const minimal = {
  KINTSUGI_CLUSTERS: 'prod',
  KINTSUGI_WEBHOOK_TOKEN: 'a'.repeat(32),
  KINTSUGI_API_TOKEN: 'a'.repeat(32),
  KINTSUGI_AUDIT_KEY: 'a'.repeat(32),
  KINTSUGI_EVIDENCE_PROMETHEUS_URL: 'http://127.0.0.1:9090',
};

function faultsOf(environment: Record<string, string>): string[] {
  try {
    loadSettings({ ...minimal, ...environment });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('the settings of the models', () => {
  it('ask nobody by default', () => {
    expect(loadSettings(minimal).llm.chains).toEqual({ triage: [], analysis: [], audit: [], report: [], patch: [] });
  });

  it('take a chain across providers that are set up', () => {
    const { llm } = loadSettings({
      ...minimal,
      KINTSUGI_LLM_CHAINS_ANALYSIS: 'openai:gpt-5-mini, compatible:meta/llama-3.1-8b-instruct',
      KINTSUGI_LLM_PROVIDER_OPENAI_API_KEY: 'sk-of-the-test',
      KINTSUGI_LLM_PROVIDER_COMPATIBLE_URL: 'http://127.0.0.1:11434/v1',
    });
    expect(llm.chains.analysis).toEqual(['openai:gpt-5-mini', 'compatible:meta/llama-3.1-8b-instruct']);
    expect(JSON.stringify(llm)).not.toContain('sk-of-the-test');
  });

  it.each([
    [{ KINTSUGI_LLM_CHAINS_ANALYSIS: 'openai:gpt-5-mini' }, 'KINTSUGI_LLM_PROVIDER_OPENAI_API_KEY is not set'],
    [{ KINTSUGI_LLM_CHAINS_AUDIT: 'opnai:gpt-5-mini' }, 'there is no provider "opnai"; the providers are openai'],
    [{ KINTSUGI_LLM_CHAINS_PATCH: 'gpt-5-mini' }, 'must look like <provider>:<model>'],
    [{ KINTSUGI_LLM_CHAINS_TRIAGE: 'scripted:a,scripted:a', KINTSUGI_LLM_PROVIDER_SCRIPTED_FILE: 'x.yaml' }, 'names a model twice'],
  ])('refuse %j at the start', (environment, fault) => {
    const faults = faultsOf(environment);
    expect(faults).toEqual([expect.stringContaining(fault)]);
    expect(faults[0]).toContain(Object.keys(environment)[0]);
  });
});

describe('an environment that has LangChain tell others of the runs', () => {
  it.each(tellingVariables)('is refused without any chain: %s', (name) => {
    for (const value of ['true', '1', 'yes']) {
      expect(faultsOf({ [name]: value })).toEqual([
        expect.stringMatching(new RegExp(`^${name} would have LangChain pass on .*; unset it$`)),
      ]);
    }
    for (const value of ['', 'false', '0']) expect(faultsOf({ [name]: value })).toEqual([]);
  });
});
