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
  missing: ({ apiKey }) => (apiKey === undefined ? 'KINTSUGI_LLM_GOOGLE_API_KEY is not set' : undefined),
  async create({ apiKey, url }, model, maxOutputTokens) {
    const { ChatGoogleGenerativeAI } = await import('@langchain/google-genai');
    return new ChatGoogleGenerativeAI({
      model,
      apiKey: apiKey?.reveal() ?? '',
      baseUrl: url,
      maxOutputTokens,
      maxRetries: 0,
      // Without streaming this client hears neither a time-out nor an abort: a silent server would hold its call for ever.
      streaming: true,
    });
  },
} satisfies LlmPlugin<Config>;
