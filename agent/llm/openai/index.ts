/** OpenAI's models, by its chat completions. */
import { z } from 'zod';
import { credential } from '../../domain/secret.ts';
import { baseUrl } from '../../evidence/http-settings.ts';
import type { LlmPlugin } from '../provider.ts';

const config = z.object({
  apiKey: credential('API key of OpenAI'),
  url: baseUrl('Base URL of the API, with its version').default('https://api.openai.com/v1'),
  reasoningEffort: z
    .enum(['minimal', 'low', 'medium', 'high'])
    .default('low')
    .describe('How long the models that think may do so (gpt-5, o…): what they think counts as output and is paid for; ignored by others'),
});
type Config = z.output<typeof config>;

export const openai = {
  id: 'openai',
  config,
  missing: ({ apiKey }) => (apiKey === undefined ? 'KINTSUGI_LLM_PROVIDER_OPENAI_API_KEY is not set' : undefined),
  async create({ apiKey, url, reasoningEffort }, model, maxOutputTokens, { timeoutMs }) {
    const { Completions } = await import('../completions.ts');
    return new Completions({
      model,
      apiKey: apiKey?.reveal() ?? '',
      maxTokens: maxOutputTokens,
      timeout: timeoutMs,
      reasoning: { effort: reasoningEffort },
      configuration: { baseURL: url, logLevel: 'off' },
    });
  },
} satisfies LlmPlugin<Config>;
