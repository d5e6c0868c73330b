/** Google's Gemini models, by the Gemini API. One request a call, never repeated: the chain alone does that. */
import { z } from 'zod';
import { credential } from '../../domain/secret.ts';
import { baseUrl } from '../../evidence/http-settings.ts';
import type { LlmPlugin } from '../provider.ts';

const config = z.object({
  apiKey: credential('API key of the Gemini API'),
  url: baseUrl('Base URL of the API, without its version').default('https://generativelanguage.googleapis.com'),
});
type Config = z.output<typeof config>;

export const google = {
  id: 'google',
  config,
  missing: ({ apiKey }) => (apiKey === undefined ? 'KINTSUGI_LLM_PROVIDER_GOOGLE_API_KEY is not set' : undefined),
  async create({ apiKey, url }, model, maxOutputTokens, { timeoutMs }) {
    const { Gemini } = await import('./model.ts');
    return new Gemini({ model, apiKey: apiKey?.reveal() ?? '', baseUrl: url, maxOutputTokens, maxRetries: 0 }, timeoutMs);
  },
} satisfies LlmPlugin<Config>;
