import { describe, expect, it } from 'vitest';
import { describeProviderOnTheWire } from '../provider.contract.ts';
import { google } from './index.ts';

describeProviderOnTheWire(google, 'google');

describe('google', () => {
  it('cannot be used without a key, and says which setting holds it', () => {
    expect(google.missing(google.config.parse({}))).toBe('KINTSUGI_LLM_PROVIDER_GOOGLE_API_KEY is not set');
  });
});
