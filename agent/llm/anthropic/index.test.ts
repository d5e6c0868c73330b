import { describe, expect, it } from 'vitest';
import { describeProviderOnTheWire } from '../provider.contract.ts';
import { anthropic } from './index.ts';

describeProviderOnTheWire(anthropic, 'anthropic');

describe('anthropic', () => {
  it('cannot be used without a key, and says which setting holds it', () => {
    expect(anthropic.missing(anthropic.config.parse({}))).toBe('KINTSUGI_LLM_PROVIDER_ANTHROPIC_API_KEY is not set');
  });
});
