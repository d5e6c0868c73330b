/** Anthropic's models, by its Messages API. One request a call, never repeated: the chain alone does that. */
import { z } from 'zod';
import { credential } from '../../domain/secret.ts';
import { baseUrl } from '../../evidence/http-settings.ts';
import type { LlmPlugin } from '../provider.ts';

const config = z.object({
  apiKey: credential('API key of Anthropic'),
  url: baseUrl('Base URL of the API').default('https://api.anthropic.com'),
});
type Config = z.output<typeof config>;

export const anthropic = {
  id: 'anthropic',
  config,
  missing: ({ apiKey }) => (apiKey === undefined ? 'KINTSUGI_LLM_PROVIDER_ANTHROPIC_API_KEY is not set' : undefined),
  async create({ apiKey, url }, model, maxOutputTokens, { timeoutMs }) {
    const { ChatAnthropic } = await import('@langchain/anthropic');
    return new ChatAnthropic({
      model,
      apiKey: apiKey?.reveal() ?? '',
      anthropicApiUrl: url,
      maxTokens: maxOutputTokens,
      maxRetries: 0,
      // Without this a token in the environment would go along with the key.
      clientOptions: { timeout: timeoutMs, authToken: null, logLevel: 'off' },
    });
  },
} satisfies LlmPlugin<Config>;
