/** Any server that speaks OpenAI's chat completions: NVIDIA NIM, vLLM, Ollama and others, by their base URL. */
import { z } from 'zod';
import { credential } from '../../domain/secret.ts';
import { baseUrl } from '../../evidence/http-settings.ts';
import type { LlmPlugin } from '../provider.ts';

const config = z.object({
  url: baseUrl('Base URL of a server that speaks the API of OpenAI, with its version: http://ollama:11434/v1').optional(),
  apiKey: credential('API key of that server, where it asks for one'),
});
type Config = z.output<typeof config>;

export const compatible = {
  id: 'compatible',
  config,
  missing: ({ url }) => (url === undefined ? 'KINTSUGI_LLM_PROVIDER_COMPATIBLE_URL is not set' : undefined),
  async create({ url, apiKey }, model, maxOutputTokens, { timeoutMs }) {
    const { Completions } = await import('../completions.ts');
    return new Completions({
      model,
      // Without one the client would look for OpenAI's in the environment.
      apiKey: apiKey?.reveal() ?? 'none',
      maxTokens: maxOutputTokens,
      timeout: timeoutMs,
      configuration: {
        baseURL: url,
        logLevel: 'off',
        // These too.
        organization: null,
        project: null,
      },
    });
  },
} satisfies LlmPlugin<Config>;
