import { describe, expect, it } from 'vitest';
import { describeProviderOnTheWire } from '../provider.contract.ts';
import { openai } from './index.ts';

describeProviderOnTheWire(openai, 'openai');

describe('openai', () => {
  it('cannot be used without a key, and says which setting holds it', () => {
    expect(openai.missing(openai.config.parse({}))).toBe('KINTSUGI_LLM_PROVIDER_OPENAI_API_KEY is not set');
  });
});
