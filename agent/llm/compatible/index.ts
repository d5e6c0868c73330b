/** Any server that speaks OpenAI's chat completions: NVIDIA NIM, vLLM, Ollama and others, by their base URL. One request a call, never repeated. */
import { z } from 'zod';
import { credential } from '../../domain/secret.ts';
import { baseUrl } from '../../evidence/http-settings.ts';
import type { LlmPlugin } from '../provider.ts';

const config = z.object({
  url: baseUrl('Base URL of a server that speaks the API of OpenAI, with its version: http://ollama:11434/v1').optional(),
  apiKey: credential('API key of that server; none is sent without it'),
});
type Config = z.output<typeof config>;

export const compatible = {
  id: 'compatible',
  config,
  missing: ({ url }) => (url === undefined ? 'KINTSUGI_LLM_COMPATIBLE_URL is not set' : undefined),
  async create({ url, apiKey }, model, maxOutputTokens, { timeoutMs }) {
    const { ChatOpenAICompletions } = await import('@langchain/openai');
    return new ChatOpenAICompletions({
      model,
      apiKey: apiKey?.reveal() ?? 'none',
      maxTokens: maxOutputTokens,
      maxRetries: 0,
      timeout: timeoutMs,
      configuration: {
        baseURL: url,
        // The client would send those of OpenAI, out of the environment, to a stranger.
        organization: null,
        project: null,
        ...(apiKey === undefined ? { defaultHeaders: { authorization: null } } : {}),
      },
    });
  },
} satisfies LlmPlugin<Config>;
